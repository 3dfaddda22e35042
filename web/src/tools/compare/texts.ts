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
  compareDayLeft: { vi: 'Ngày của bên trái', en: 'Day of the left side' },
  compareDayRight: { vi: 'Ngày của bên phải', en: 'Day of the right side' },
  compareDayHint: {
    vi: 'Để so sánh hai thời điểm, hãy ghi ngày cho một bên hoặc cả hai: bên đó chỉ hiện những gì có hiệu lực vào ngày ấy.',
    en: 'To compare two dates, write a day for one side or both: that side shows what was valid on it.',
  },
  compareDayShown: {
    vi: 'Bên có ghi ngày chỉ hiện những gì có hiệu lực vào ngày ấy.',
    en: 'A side with a day shows what was valid on it.',
  },
  compareDayTimeless: {
    vi: 'Bên có ghi ngày chỉ hiện những gì có hiệu lực vào ngày ấy. Các lớp không ghi thời hạn hiệu lực thì ngày nào cũng như nhau: {layers}.',
    en: 'A side with a day shows what was valid on it. These layers do not say when their features are valid, and are the same on every day: {layers}.',
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
