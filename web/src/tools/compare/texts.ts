/** Texts of the comparison of two maps. */
import type { Title } from '../../catalog';

export const COMPARE_TEXTS = {
  compareTitle: { vi: 'So sánh', en: 'Compare' },
  compareHint: {
    vi: 'Kéo thanh trên bản đồ sang trái hoặc phải. Đánh dấu lớp nào hiện ở mỗi bên.',
    en: 'Drag the bar on the map to the left or right. Tick what each side shows.',
  },
  compareSame: {
    vi: 'Hai bên đang giống nhau: hãy bỏ dấu hoặc thêm một lớp ở cột Phải.',
    en: 'Both sides are the same: untick a layer, or add one, in the column Right.',
  },
  compareLayer: { vi: 'Lớp', en: 'Layer' },
  compareLeft: { vi: 'Trái', en: 'Left' },
  compareRight: { vi: 'Phải', en: 'Right' },
  compareLeftOf: { vi: 'Hiện lớp {layer} ở bên trái', en: 'Show {layer} on the left' },
  compareRightOf: { vi: 'Hiện lớp {layer} ở bên phải', en: 'Show {layer} on the right' },
  compareAdd: { vi: 'Thêm lớp vào bên phải', en: 'Add a layer on the right' },
  compareChoose: { vi: 'Chọn lớp…', en: 'Choose a layer…' },
  compareBar: { vi: 'Thanh chia hai bản đồ', en: 'Bar between the two maps' },
  compareShare: { vi: 'Bên trái chiếm {percent}%', en: 'The left side takes {percent}%' },
  compareMap: { vi: 'Bản đồ bên phải thanh chia', en: 'The map to the right of the bar' },
  compareNoMap: {
    vi: 'Trình duyệt này không vẽ được bản đồ nên không so sánh được. Hãy dùng bản mới của Chrome, Edge hoặc Firefox.',
    en: 'This browser cannot draw the map, so there is nothing to compare. Use a recent Chrome, Edge or Firefox.',
  },
} as const satisfies Record<string, Title>;
