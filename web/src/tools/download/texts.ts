import type { Title } from '../../catalog';

export const DOWNLOAD_TEXTS = {
  download: { vi: 'Tải dữ liệu', en: 'Download' },
  downloadLayer: { vi: 'Lớp dữ liệu', en: 'Layer' },
  downloadLayersOn: { vi: 'Đang bật trên bản đồ', en: 'On the map' },
  downloadLayersOff: { vi: 'Các lớp khác', en: 'Other layers' },
  downloadPart: { vi: 'Phần dữ liệu', en: 'How much of it' },
  downloadWhole: { vi: 'Cả lớp, toàn tỉnh', en: 'The whole layer' },
  downloadView: { vi: 'Chỉ phần bản đồ đang hiện', en: 'Only what the map shows now' },
  downloadViewNote: {
    vi: 'Một đối tượng nằm một phần trong khung nhìn thì được tải cả đối tượng.',
    en: 'A feature that lies partly in view comes whole.',
  },
  downloadFiltered: { vi: 'Chỉ các đối tượng khớp bộ lọc của lớp', en: 'Only the features that match the layer’s filter' },
  downloadForm: { vi: 'Dạng tệp', en: 'Form of the file' },
  downloadXlsx: { vi: 'Excel (XLSX)', en: 'Excel (XLSX)' },
  downloadXlsxFor: {
    vi: 'Mở bằng Excel để xem, lọc, cộng số liệu. Không có hình; lớp điểm có thêm cột kinh độ, vĩ độ.',
    en: 'Opens in Excel, to read, filter and add up. It has no shapes; layers of points have longitude and latitude.',
  },
  downloadCsv: { vi: 'Bảng CSV', en: 'CSV table' },
  downloadCsvFor: {
    vi: 'Bảng dạng văn bản, chương trình nào cũng đọc được, không giới hạn số dòng.',
    en: 'A table as plain text that every program reads, with no limit of rows.',
  },
  downloadGeojson: { vi: 'GeoJSON', en: 'GeoJSON' },
  downloadGeojsonFor: {
    vi: 'Hình và thuộc tính cho trang web và lập trình viên; lớp lớn thì tệp nặng.',
    en: 'Shapes and attributes for web pages and programmers; heavy where the layer is large.',
  },
  downloadGpkg: { vi: 'GeoPackage', en: 'GeoPackage' },
  downloadGpkgFor: {
    vi: 'Nên chọn khi dùng QGIS, ArcGIS hay MapInfo: một tệp có cả hình lẫn thuộc tính, sửa được.',
    en: 'The one to take for QGIS, ArcGIS or MapInfo: one file with shapes and attributes that can be edited.',
  },
  downloadFgb: { vi: 'FlatGeobuf', en: 'FlatGeobuf' },
  downloadFgbFor: {
    vi: 'Cho QGIS khi lớp rất lớn: mở nhanh, chỉ để xem.',
    en: 'For QGIS where a layer is very large: opens fast, to look at only.',
  },
  downloadPositions: { vi: 'Tọa độ trong bảng', en: 'Positions in the table' },
  downloadLonlat: { vi: 'Kinh độ, vĩ độ (WGS 84)', en: 'Longitude, latitude (WGS 84)' },
  downloadVn2000: { vi: 'X, Y theo VN-2000', en: 'X, Y of VN-2000' },
  downloadColumns: { vi: 'Ý nghĩa tên cột ({count})', en: 'What the columns mean ({count})' },
  downloadColumnsNote: {
    vi: 'Tên cột trong tệp giống nhau ở mọi ngôn ngữ, để chương trình khác đọc được.',
    en: 'Columns have the same names in every language, so that programs can read them.',
  },
  downloadCounting: { vi: 'Đang đếm số đối tượng…', en: 'Counting the features…' },
  downloadCount: { vi: 'Sẽ tải {count} đối tượng.', en: '{count} features will be in the file.' },
  downloadNone: {
    vi: 'Không có đối tượng nào của lớp này ở đây. Hãy di chuyển bản đồ hoặc chọn cả lớp.',
    en: 'The layer has no feature here. Move the map, or choose the whole layer.',
  },
  downloadUncounted: {
    vi: 'Chưa đếm được số đối tượng, nhưng vẫn có thể tải.',
    en: 'The features could not be counted; the download may still succeed.',
  },
  downloadTooManyRows: {
    vi: '{count} đối tượng là quá nhiều cho một bảng Excel (tối đa {most}). Hãy phóng to và chọn phần đang hiện, hoặc chọn CSV.',
    en: '{count} features are too many for an Excel sheet ({most} at most). Zoom in and take what the map shows, or choose CSV.',
  },
  downloadTooMany: {
    vi: '{count} đối tượng là quá nhiều cho một tệp (tối đa {most}). Hãy phóng to và chọn phần đang hiện.',
    en: '{count} features are too many for one file ({most} at most). Zoom in and take what the map shows.',
  },
  downloadStart: { vi: 'Tải tệp', en: 'Download the file' },
  downloadStop: { vi: 'Dừng tải', en: 'Stop' },
  downloadPreparing: {
    vi: 'Máy chủ đang chuẩn bị tệp… Lớp lớn có thể mất vài phút.',
    en: 'The server is preparing the file… A large layer can take some minutes.',
  },
  downloadReceived: { vi: 'Đã nhận {size} MB…', en: '{size} MB received…' },
  downloadDone: {
    vi: 'Xong: {name} ({size} MB). Tệp nằm trong thư mục tải về của trình duyệt.',
    en: 'Done: {name} ({size} MB). It is in the browser’s download folder.',
  },
  downloadStopped: { vi: 'Đã dừng tải.', en: 'The download was stopped.' },
  downloadBroken: {
    vi: 'Việc tải bị đứt giữa chừng nên chưa có tệp. Hãy kiểm tra mạng rồi tải lại.',
    en: 'The download broke off, so there is no file. Check the network and try again.',
  },
  downloadRateLimited: {
    vi: 'Máy chủ đang làm việc khác cho bạn, hoặc bạn đã tải quá nhiều lần liền. Hãy đợi {seconds} giây rồi tải lại.',
    en: 'The server is still busy with what you asked before, or you asked too often. Wait {seconds} seconds, then try again.',
  },
  downloadBusy: {
    vi: 'Máy chủ đang bận hoặc tạm thiếu cơ sở dữ liệu. Hãy thử lại sau {seconds} giây; nếu vẫn vậy, chọn phần nhỏ hơn.',
    en: 'The server is busy or its database is away. Try again in {seconds} seconds; if it stays so, take a smaller part.',
  },
  downloadTooLarge: {
    vi: 'Phần bạn chọn quá lớn cho dạng tệp này. Hãy phóng to và chọn phần đang hiện, hoặc chọn CSV hay GeoJSON.',
    en: 'What you chose is too large for this form. Zoom in and take what the map shows, or choose CSV or GeoJSON.',
  },
  downloadForbidden: {
    vi: 'Bạn không còn được xem lớp này. Hãy đăng nhập bằng khóa của cơ quan, hoặc hỏi người quản trị.',
    en: 'You may not see this layer any more. Sign in with your agency’s key, or ask the administrator.',
  },
  downloadMapMissing: {
    vi: 'Không có bản đồ nên chỉ tải được cả lớp.',
    en: 'There is no map, so only whole layers can be had.',
  },
} as const satisfies Record<string, Title>;
