import type { Title } from '../../catalog';

export const PRINT_TEXTS = {
  print: { vi: 'In bản đồ', en: 'Print' },
  printTitle: { vi: 'Tiêu đề trên giấy', en: 'Title on the sheet' },
  printDefaultTitle: { vi: 'Bản đồ tỉnh Tây Ninh', en: 'Map of Tây Ninh province' },
  printPaper: { vi: 'Khổ giấy', en: 'Paper' },
  printA4Landscape: { vi: 'A4 ngang', en: 'A4 landscape' },
  printA4Portrait: { vi: 'A4 dọc', en: 'A4 portrait' },
  printA3Landscape: { vi: 'A3 ngang', en: 'A3 landscape' },
  printA3Portrait: { vi: 'A3 dọc', en: 'A3 portrait' },
  printScale: { vi: 'Tỷ lệ', en: 'Scale' },
  printFit: { vi: 'Vừa với màn hình', en: 'As the screen shows' },
  printFrameNote: {
    vi: 'Khung trên bản đồ là phần sẽ được in. Kéo bản đồ để chọn chỗ.',
    en: 'The frame on the map is what will be printed. Drag the map to choose the place.',
  },
  printStart: { vi: 'In hoặc lưu PDF', en: 'Print or save as PDF' },
  printWindowNote: {
    vi: 'Trong cửa sổ in: để nguyên tỷ lệ 100 % và khổ giấy đã chọn thì tỷ lệ bản đồ mới đúng. Muốn có tệp PDF, chọn máy in “Lưu dưới dạng PDF”.',
    en: 'In the print window, leave the scale at 100 % and the paper as chosen, so that the map keeps its scale. For a file, choose the printer “Save as PDF”.',
  },
  printPreview: { vi: 'Xem trước tờ in', en: 'Preview of the sheet' },
  printDrawing: { vi: 'Đang vẽ bản xem trước…', en: 'Drawing the preview…' },
  printDrawingFine: { vi: 'Đang vẽ bản đồ nét để in…', en: 'Drawing the map fine enough for paper…' },
  printReady: { vi: 'Đã vẽ xong.', en: 'It is drawn.' },
  printIncomplete: {
    vi: 'Chưa tải được: {layers}. Tờ in sẽ thiếu các lớp này; hãy thử lại sau ít phút.',
    en: 'These could not be loaded: {layers}. The sheet would lack them; try again in a few minutes.',
  },
  printSlow: {
    vi: 'Bản đồ chưa vẽ xong sau ba phút. Hãy tắt bớt lớp hoặc chọn tỷ lệ lớn hơn, rồi bấm in lại.',
    en: 'The map is not drawn after three minutes. Switch some layers off or choose a larger scale, then print again.',
  },
  printFailed: {
    vi: 'Trình duyệt không vẽ được bản đồ cỡ này. Hãy chọn khổ A4, đóng bớt thẻ khác rồi thử lại.',
    en: 'The browser could not draw a map of this size. Choose A4, close other tabs, and try again.',
  },
  printTooFar: {
    vi: 'Ở tỷ lệ này không hiện: {layers}. Chọn tỷ lệ lớn hơn để thấy.',
    en: 'Not shown at this scale: {layers}. Choose a larger scale to see them.',
  },
  printScaleOf: { vi: 'Tỷ lệ {scale}', en: 'Scale {scale}' },
  printNorth: { vi: 'B', en: 'N' },
  printNorthLabel: { vi: 'Hướng bắc ở phía trên', en: 'North is up' },
  printLegend: { vi: 'Chú giải', en: 'Legend' },
  printLegendMore: { vi: 'và {count} mục nữa', en: 'and {count} more' },
  printNoLayers: { vi: 'Không có lớp nào trong khung.', en: 'No layer lies in the frame.' },
  printPrinted: { vi: 'In lúc {moment}', en: 'Printed at {moment}' },
  printSource: { vi: 'Nguồn: {agencies}', en: 'Source: {agencies}' },
  printCorners: {
    vi: 'Tọa độ góc khung: kinh độ, vĩ độ WGS 84. Tỷ lệ đúng ở giữa tờ.',
    en: 'Corners of the frame: longitude and latitude of WGS 84. The scale is that of the middle of the sheet.',
  },
  printMade: { vi: 'diaban · vẽ bằng MapLibre', en: 'diaban · drawn with MapLibre' },
} as const satisfies Record<string, Title>;
