/** Texts of the tool that measures. */
import type { Title } from '../../catalog';

export const MEASURE_TEXTS = {
  measure: { vi: 'Đo', en: 'Measure' },
  measureHow: {
    vi: 'Bấm các điểm trên bản đồ; bấm đúp để kết thúc. Bằng bàn phím: di chuyển bản đồ bằng phím mũi tên, Enter thêm điểm ở giữa, Backspace bỏ điểm cuối.',
    en: 'Click points on the map; double-click to finish. By keyboard: move the map with the arrow keys, Enter adds the point at its centre, Backspace takes the last one back.',
  },
  measureFinished: {
    vi: 'Đã kết thúc. Bấm trên bản đồ không thêm điểm nữa.', en: 'Finished. Clicks on the map add no more points.',
  },
  measureAddCentre: { vi: 'Thêm điểm giữa bản đồ', en: 'Add the map’s centre' },
  measureUndo: { vi: 'Bỏ điểm cuối', en: 'Take back the last point' },
  measureFinish: { vi: 'Kết thúc', en: 'Finish' },
  measureContinue: { vi: 'Đo tiếp', en: 'Continue' },
  measureClear: { vi: 'Xóa hết', en: 'Clear' },
  measureLength: { vi: 'Chiều dài đường', en: 'Length of the line' },
  measurePerimeter: { vi: 'Chu vi khi khép kín', en: 'Perimeter when closed' },
  measureArea: { vi: 'Diện tích khi khép kín', en: 'Area when closed' },
  measurePlane: { vi: 'Đo trên mặt phẳng {plane}.', en: 'Measured in the plane of {plane}.' },
  measureCrosses: {
    vi: 'Các cạnh cắt nhau nên không tính được diện tích. Hãy bỏ điểm cuối và bấm các góc theo thứ tự quanh khu đất.',
    en: 'The sides cross, so there is no area. Take the last point back, and click the corners in their order around the land.',
  },
  measureCorners: { vi: 'Tọa độ các điểm', en: 'Coordinates of the points' },
  measureCorner: { vi: 'Điểm', en: 'Point' },
  measureX: { vi: 'X (Bắc), m', en: 'X (north), m' },
  measureY: { vi: 'Y (Đông), m', en: 'Y (east), m' },
  measureSide: { vi: 'Cạnh đến điểm sau, m', en: 'Side to the next, m' },
  measureClosing: { vi: '{length} (về 1)', en: '{length} (to 1)' },
  measureCopy: { vi: 'Sao chép bảng cho Excel', en: 'Copy the table for Excel' },
  measureCopied: { vi: 'Đã sao chép {count} điểm. Hãy mở Excel và dán (Ctrl+V).', en: '{count} points copied. Open Excel and paste (Ctrl+V).' },
  measureCopyByHand: {
    vi: 'Trình duyệt không cho sao chép tự động. Bảng dưới đây đã được chọn sẵn: nhấn Ctrl+C.',
    en: 'The browser does not allow copying. The table below is selected: press Ctrl+C.',
  },
  measureTable: { vi: 'Bảng tọa độ', en: 'Table of coordinates' },
  measureAdded: {
    vi: 'Điểm {count}. Chiều dài {length}. Diện tích {area}.', en: 'Point {count}. Length {length}. Area {area}.',
  },
  measureAddedLine: { vi: 'Điểm {count}. Chiều dài {length}.', en: 'Point {count}. Length {length}.' },
  measureEmpty: { vi: 'Chưa có điểm nào.', en: 'No point yet.' },
} as const satisfies Record<string, Title>;
