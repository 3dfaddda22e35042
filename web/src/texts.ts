/**
 * Every text of the page itself, in both languages. Titles of layers and attributes come from the server.
 */
import type { Title } from './catalog';
import { COORDINATE_TEXTS } from './coordinates/texts';
import { LOOK_TEXTS } from './looks/texts';
import { ACCOUNT_TEXTS } from './tools/account/texts';
import { AREA_TEXTS } from './tools/area/texts';
import { COMPARE_TEXTS } from './tools/compare/texts';
import { DOWNLOAD_TEXTS } from './tools/download/texts';
import { DRAWN_TEXTS } from './tools/drawn/texts';
import { FILTER_TEXTS } from './tools/filter/texts';
import { IMPORT_TEXTS } from './tools/import/texts';
import { MEASURE_TEXTS } from './tools/measure/texts';
import { PRINT_TEXTS } from './tools/print/texts';
import { QUALITY_TEXTS } from './tools/quality/texts';

const texts = {
  ...ACCOUNT_TEXTS,
  ...AREA_TEXTS,
  ...COMPARE_TEXTS,
  ...COORDINATE_TEXTS,
  ...DOWNLOAD_TEXTS,
  ...DRAWN_TEXTS,
  ...FILTER_TEXTS,
  ...LOOK_TEXTS,
  ...IMPORT_TEXTS,
  ...MEASURE_TEXTS,
  ...PRINT_TEXTS,
  ...QUALITY_TEXTS,
  product: { vi: 'diaban', en: 'diaban' },
  subtitle: { vi: 'Địa bàn số tỉnh Tây Ninh', en: 'Digital map of Tây Ninh province' },
  documentTitle: { vi: 'diaban – địa bàn số tỉnh Tây Ninh', en: 'diaban – digital map of Tây Ninh province' },
  language: { vi: 'Ngôn ngữ', en: 'Language' },
  synthetic: {
    vi: 'Dữ liệu mẫu tổng hợp – không phải dữ liệu thật',
    en: 'Synthetic sample data – not real',
  },
  syntheticShort: { vi: 'Dữ liệu mẫu', en: 'Sample data' },
  loading: { vi: 'Đang tải bản đồ…', en: 'Loading the map…' },
  tools: { vi: 'Công cụ', en: 'Tools' },
  toolLoading: { vi: 'Đang mở công cụ…', en: 'Opening the tool…' },
  toolLoadFailed: {
    vi: 'Chưa tải được công cụ này từ máy chủ. Hãy kiểm tra mạng rồi tải lại trang; bản đồ đang xem vẫn được giữ.',
    en: 'The tool could not be loaded from the server. Check the network, then reload the page; your view is kept.',
  },
  layers: { vi: 'Lớp bản đồ', en: 'Map layers' },
  showLayers: { vi: 'Mở danh sách lớp', en: 'Open the layer list' },
  hideLayers: { vi: 'Đóng danh sách lớp', en: 'Close the layer list' },
  groupCount: { vi: '{on} trên {all} lớp đang bật', en: '{on} of {all} layers on' },
  defaultLayers: { vi: 'Về mặc định', en: 'Defaults' },
  hideAllLayers: { vi: 'Tắt tất cả', en: 'All off' },
  moreClasses: { vi: 'Xem đủ {count} loại', en: 'Show all {count} classes' },
  fewerClasses: { vi: 'Thu gọn', en: 'Show fewer' },
  otherClass: { vi: 'Loại khác', en: 'Other' },
  below: { vi: 'Dưới {to}', en: 'Below {to}' },
  fromTo: { vi: '{from} – {to}', en: '{from} – {to}' },
  fromUp: { vi: 'Từ {from}', en: '{from} and more' },
  zoomIn: { vi: 'Phóng to', en: 'Zoom in' },
  zoomOut: { vi: 'Thu nhỏ', en: 'Zoom out' },
  wholeProvince: { vi: 'Xem toàn tỉnh', en: 'Show the whole province' },
  mapLabel: {
    vi: 'Bản đồ. Phím mũi tên để di chuyển, + và − để phóng to, thu nhỏ, Enter để xem đối tượng ở giữa bản đồ.',
    en: 'Map. Arrow keys move it, + and − zoom, Enter tells what is at its centre.',
  },
  zoomCloser: { vi: 'Phóng to để thấy lớp này', en: 'Zoom in to see this layer' },
  search: { vi: 'Tìm tên, mã hoặc tọa độ', en: 'Search for a name, code or coordinates' },
  nothingFound: { vi: 'Không tìm thấy gì.', en: 'Nothing was found.' },
  searchFailed: { vi: 'Chưa tìm được: máy chủ không trả lời.', en: 'The server did not answer the search.' },
  since: { vi: 'từ {day}', en: 'since {day}' },
  until: { vi: 'đến trước {day}', en: 'before {day}' },
  noPlace: { vi: 'chưa có trên bản đồ', en: 'not on the map' },
  featuresHere: { vi: 'Thông tin tại điểm chọn', en: 'At the chosen point' },
  featureCount: { vi: '{count} đối tượng', en: '{count} features' },
  featureCountOne: { vi: '1 đối tượng', en: '1 feature' },
  featureCountMany: { vi: '{count} đối tượng đầu tiên', en: 'the first {count} features' },
  nothingHere: {
    vi: 'Không có đối tượng nào của các lớp đang bật tại điểm này.',
    en: 'None of the layers that are on has a feature at this point.',
  },
  together: {
    vi: '{count} đối tượng được gộp ở mức thu phóng này. Phóng to để xem từng đối tượng.',
    en: '{count} features are drawn as one at this zoom. Zoom in to see each.',
  },
  dayPlaceholder: { vi: 'ngày/tháng/năm', en: 'day/month/year' },
  dayChoose: { vi: 'Chọn ngày trên lịch', en: 'Choose a day from the calendar' },
  dayForm: {
    vi: 'Chưa hiểu ngày này. Hãy ghi ngày/tháng/năm, ví dụ 01/07/2025.',
    en: 'This is no day. Write day/month/year, such as 01/07/2025 for 1 July.',
  },
  dayShortYear: { vi: 'Hãy ghi năm đủ bốn chữ số, ví dụ 01/07/2025.', en: 'Write the year with four digits, such as 01/07/2025.' },
  dayOrder: { vi: 'Hãy ghi ngày trước, tháng sau: 25/07/2025.', en: 'Write the day before the month: 25/07/2025.' },
  dayNone: { vi: 'Không có ngày này trong lịch. Hãy kiểm tra lại ngày và tháng.', en: 'The calendar has no such day. Check the day and the month.' },
  dayFar: { vi: 'Hãy ghi một năm từ 1900 đến 2100.', en: 'Write a year from 1900 to 2100.' },
  close: { vi: 'Đóng', en: 'Close' },
  agency: { vi: 'Cơ quan quản lý', en: 'Owner agency' },
  attribute: { vi: 'Thuộc tính', en: 'Attribute' },
  value: { vi: 'Giá trị', en: 'Value' },
  noData: { vi: 'Chưa có số liệu: {names}.', en: 'No data: {names}.' },
  featureIncomplete: {
    vi: 'Chưa tải được đầy đủ thuộc tính từ máy chủ; đây là phần có trên bản đồ.',
    en: 'The full attributes could not be loaded from the server; this is what the map holds.',
  },
  yes: { vi: 'Có', en: 'Yes' },
  no: { vi: 'Không', en: 'No' },
  longitudeEast: { vi: 'Đ', en: 'E' },
  longitudeWest: { vi: 'T', en: 'W' },
  latitudeNorth: { vi: 'B', en: 'N' },
  latitudeSouth: { vi: 'N', en: 'S' },
  source: {
    vi: 'Nguồn: các cơ quan quản lý dữ liệu của tỉnh',
    en: 'Source: the province’s data owner agencies',
  },
  sourceSynthetic: { vi: 'Nguồn: dữ liệu mẫu do diaban tạo', en: 'Source: sample data made by diaban' },
  baseMap: { vi: 'Bản đồ nền', en: 'Base map' },
  baseMapAway: {
    vi: 'Chưa tải được bản đồ nền từ {host} nên đã tắt. Các lớp của tỉnh vẫn hiện đủ.',
    en: 'The base map does not come from {host} and was switched off. The province’s own layers are all shown.',
  },
  drawnWith: { vi: 'vẽ bằng MapLibre, ô {form}', en: 'drawn with MapLibre from {form} tiles' },
  technical: { vi: 'Thông tin kỹ thuật', en: 'Technical details' },
  tileForm: { vi: 'Dạng ô vectơ', en: 'Form of the vector tiles' },
  tileFormNote: {
    vi: 'Cả hai dạng chứa cùng dữ liệu. MLT nhẹ hơn khoảng một phần ba khi truyền qua mạng; MVT là mặc định vì máy chủ tạo nhanh gấp ba lần.',
    en: 'Both hold the same data. MLT is about a third smaller on the network; MVT is the default because the server makes it three times as fast.',
  },
  retry: { vi: 'Thử lại', en: 'Try again' },
  reload: { vi: 'Tải lại trang', en: 'Reload the page' },
  dismiss: { vi: 'Ẩn thông báo', en: 'Hide this message' },
  serverAway: {
    vi: 'Không kết nối được máy chủ. Hãy kiểm tra mạng, hoặc báo người quản trị nếu máy chủ đã dừng.',
    en: 'The server does not answer. Check the network, or tell the administrator if the server has stopped.',
  },
  serverRefused: {
    vi: 'Máy chủ chưa trả lời được (mã {status}). Hãy thử lại sau ít phút.',
    en: 'The server could not answer (code {status}). Try again in a few minutes.',
  },
  serverUnreadable: {
    vi: 'Máy chủ trả lời không đúng dạng mà trang này hiểu. Hãy tải lại trang; nếu vẫn vậy, hãy báo người quản trị.',
    en: 'The server’s answer is not in the form that this page understands. Reload the page; if it stays so, tell the administrator.',
  },
  tilesFailed: {
    vi: 'Một phần bản đồ chưa tải được: {layers}.',
    en: 'Part of the map could not be loaded: {layers}.',
  },
  dataAsOf: { vi: 'Số liệu đến {moment}', en: 'Data as of {moment}' },
  tilesCut: {
    vi: 'Chưa hiện hết: {layers}. Phóng to để thấy đủ.',
    en: 'Not all is shown of: {layers}. Zoom in to see the rest.',
  },
  webglMissing: {
    vi: 'Trình duyệt này không vẽ được bản đồ vì thiếu WebGL 2. Hãy dùng bản mới của Chrome, Edge hoặc Firefox và bật tăng tốc đồ họa.',
    en: 'This browser cannot draw the map because WebGL 2 is missing. Use a recent Chrome, Edge or Firefox with graphics acceleration switched on.',
  },
  webglLost: {
    vi: 'Trình duyệt đã ngừng vẽ bản đồ. Hãy tải lại trang.',
    en: 'The browser has stopped drawing the map. Reload the page.',
  },
  noLayers: {
    vi: 'Máy chủ chưa có lớp nào mà bạn được xem.',
    en: 'The server has no layer that you may see.',
  },
} as const satisfies Record<string, Title>;

export type TextKey = keyof typeof texts;

export const TEXTS: Readonly<Record<TextKey, Title>> = texts;
