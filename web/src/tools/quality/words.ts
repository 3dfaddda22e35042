/** Texts of the quality drawer. They come with it, so that a first look at the map does not wait for them. */
import type { Language, Title } from '../../catalog';
import { isolated } from '../../isolated';

export const QUALITY_WORDS = {
  intro: {
    vi: 'Mỗi lớp dữ liệu có bốn điểm: đúng, đủ, sạch, sống. 100% là đạt yêu cầu. Lớp kém nhất đứng đầu.',
    en: 'Each layer has four scores: right, complete, clean, alive. 100% passes. The worst layer comes first.',
  },
  asking: { vi: 'Đang hỏi máy chủ…', en: 'Asking the server…' },
  retry: { vi: 'Thử lại', en: 'Try again' },
  away: {
    vi: 'Không kết nối được với máy chủ. Hãy kiểm tra kết nối rồi thử lại.',
    en: 'The server does not answer. See whether the connection is there, then try again.',
  },
  keyGone: {
    vi: 'Máy chủ không còn nhận khóa của bạn. Hãy mở “Tài khoản” và đăng nhập lại.',
    en: 'The server no longer takes your key. Open “Account” and sign in again.',
  },
  closed: {
    vi: 'Bạn không được xem lớp này. Hãy đăng nhập ở “Tài khoản”, hoặc hỏi người quản trị.',
    en: 'You may not see this layer. Sign in under “Account”, or ask the administrator.',
  },
  busy: {
    vi: 'Máy chủ đang bận. Hãy thử lại sau {seconds} giây.',
    en: 'The server is busy. Try again in {seconds} seconds.',
  },
  noDatabase: {
    vi: 'Máy chủ chưa lấy được số liệu vì cơ sở dữ liệu đang không kết nối. Hãy thử lại sau ít phút.',
    en: 'The server has no figures just now, as its database is away. Try again in a few minutes.',
  },
  refused: { vi: 'Máy chủ không trả lời được (mã {status}). Hãy thử lại sau.', en: 'The server could not answer (status {status}). Try again later.' },
  unreadable: {
    vi: 'Không đọc được câu trả lời của máy chủ. Hãy tải lại trang; nếu vẫn vậy, hãy báo người quản trị.',
    en: 'The server’s answer cannot be read. Load the page again; if that does not help, tell the administrator.',
  },
  agency: { vi: 'Cơ quan phụ trách', en: 'Agency in charge' },
  everyAgency: { vi: 'Mọi cơ quan ({count} lớp)', en: 'All agencies ({count} layers)' },
  oneAgency: { vi: '{name} ({count} lớp)', en: '{name} ({count} layers)' },
  ownAgency: { vi: '{name} – cơ quan của bạn ({count} lớp)', en: '{name} – your agency ({count} layers)' },
  summary: {
    vi: '{all} lớp: {short} chưa đạt, {unchecked} chưa kiểm tra, {unknown} chưa đủ số liệu, {passes} đạt.',
    en: '{all} layers: {short} fall short, {unchecked} not checked, {unknown} with figures missing, {passes} pass.',
  },
  noLayers: {
    vi: 'Không có lớp nào để xem. Nếu cơ quan của bạn có khóa API, hãy đăng nhập ở “Tài khoản”.',
    en: 'There is no layer to see. If your agency has an API key, sign in under “Account”.',
  },
  short: { vi: 'Chưa đạt', en: 'Falls short' },
  passes: { vi: 'Đạt', en: 'Passes' },
  unknown: { vi: 'Chưa đủ số liệu', en: 'Figures missing' },
  unchecked: { vi: 'Chưa kiểm tra', en: 'Not checked yet' },
  howToCheck: {
    vi: 'Chưa ai kiểm tra lớp này nên chưa biết chất lượng. Người quản trị chạy lệnh sau trên máy chủ:',
    en: 'Nobody has checked this layer, so its quality is unknown. The administrator runs this command on the server:',
  },
  howToCheckAll: {
    vi: '{count} lớp chưa kiểm tra. Người quản trị chạy lệnh sau trên máy chủ để kiểm tra mọi lớp:',
    en: '{count} layers have not been checked. The administrator runs this command on the server to check all layers:',
  },
  copy: { vi: 'Chép lệnh', en: 'Copy the command' },
  copied: { vi: 'Đã chép.', en: 'Copied.' },
  notCopied: { vi: 'Trình duyệt không cho chép; hãy bôi đen lệnh rồi bấm Ctrl+C.', en: 'The browser does not let it be copied; mark it and press Ctrl+C.' },
  better: { vi: 'tốt lên so với lần trước', en: 'better than the time before' },
  worse: { vi: 'kém đi so với lần trước', en: 'worse than the time before' },
  same: { vi: 'như lần trước', en: 'as the time before' },
  firstTime: { vi: 'chưa so được với lần trước', en: 'nothing to compare with yet' },
  wordKnown: { vi: 'Mới biết {known} trong {all} chỉ tiêu', en: '{known} of {all} measures known' },
  checkedAt: { vi: 'Kiểm tra lúc {at}', en: 'Checked at {at}' },
  features: { vi: '{count} đối tượng', en: '{count} features' },
  back: { vi: 'Mọi lớp', en: 'All layers' },
  trend: { vi: 'Diễn biến qua các lần kiểm tra', en: 'From check to check' },
  trendOnce: {
    vi: 'Mới có một lần kiểm tra. Từ lần thứ hai sẽ thấy tốt lên hay kém đi.',
    en: 'There has been one check. From the second on one sees whether it gets better or worse.',
  },
  trendChart: { vi: 'Biểu đồ điểm của {count} lần kiểm tra, từ {from} đến {to}.', en: 'Chart of the scores of {count} checks, from {from} to {to}.' },
  trendHollow: {
    vi: 'Dấu rỗng: chưa đủ số liệu, điểm không cao hơn mức đó.',
    en: 'A hollow mark: figures are missing, and the score is not above it.',
  },
  trendTable: { vi: 'Xem bằng số', en: 'See the figures' },
  checkDay: { vi: 'Lần kiểm tra', en: 'Check' },
  measures: { vi: 'Các chỉ tiêu', en: 'Measures' },
  measuresOther: { vi: 'Các chỉ tiêu đạt hoặc chưa biết ({count})', en: 'Measures that pass or are unknown ({count})' },
  measure: { vi: 'Chỉ tiêu', en: 'Measure' },
  value: { vi: 'Giá trị', en: 'Value' },
  mark: { vi: 'Yêu cầu', en: 'Asked for' },
  valueUnknown: { vi: 'chưa biết', en: 'unknown' },
  findings: { vi: 'Phát hiện', en: 'Findings' },
  findingsNone: { vi: 'Lần kiểm tra gần nhất không phát hiện lỗi nào ở từng đối tượng.', en: 'The last check found nothing wrong with any single feature.' },
  findingsWhich: { vi: 'Chỉ tiêu', en: 'Measure' },
  findingsAll: { vi: 'Mọi chỉ tiêu ({count})', en: 'All measures ({count})' },
  findingsOf: { vi: '{name} ({count})', en: '{name} ({count})' },
  findingsKept: {
    vi: 'Máy chủ giữ {kept} trong {all} phát hiện. Sửa xong những chỗ này rồi kiểm tra lại thì sẽ thấy những chỗ tiếp theo.',
    en: 'The server keeps {kept} of {all} findings. Mend these and check again to see the next ones.',
  },
  findingsHow: {
    vi: 'Bấm vào một dòng: bản đồ đưa tới đó và khoanh lại. Bấm vào một chấm trên bản đồ: bảng đưa tới dòng của nó.',
    en: 'Press a row: the map goes there and rings it. Press a dot on the map: the table goes to its row.',
  },
  findingsAllOnMap: { vi: 'Xem hết trên bản đồ', en: 'See all on the map' },
  findingsFile: { vi: 'Tải danh sách (GeoJSON)', en: 'Download the list (GeoJSON)' },
  findingsMore: { vi: 'Thêm {count} dòng (còn {left})', en: '{count} more rows ({left} left)' },
  feature: { vi: 'Đối tượng', en: 'Feature' },
  featureNumber: { vi: 'Đối tượng {number}', en: 'Feature {number}' },
  wrong: { vi: 'Có gì sai', en: 'What is wrong' },
  nowhere: { vi: 'không có vị trí trên bản đồ', en: 'no place on the map' },
  chosen: { vi: 'Đang xem phát hiện {at} trong {all}: {what}', en: 'Finding {at} of {all}: {what}' },
  previous: { vi: '‹ Trước', en: '‹ Previous' },
  next: { vi: 'Sau ›', en: 'Next ›' },
  openFeature: { vi: 'Thông tin đối tượng', en: 'About the feature' },
  halfYear: { vi: 'Báo cáo 6 tháng', en: 'Half-year report' },
  halfYearIntro: {
    vi: 'Theo cơ quan: điểm của từng lớp, số lần nạp, số dòng thêm, sửa, xóa. Báo cáo gồm các lớp bạn được xem.',
    en: 'By agency: the scores of each layer, loads, rows that came, were changed, went. It has the layers that you may see. It is in Vietnamese.',
  },
  halfYearWhich: { vi: 'Kỳ báo cáo', en: 'Half-year' },
  halfYearOne: { vi: '6 tháng đầu năm {year}', en: 'First half of {year}' },
  halfYearTwo: { vi: '6 tháng cuối năm {year}', en: 'Second half of {year}' },
  halfYearRuns: { vi: '{name} (đến hôm nay)', en: '{name} (until today)' },
  halfYearPage: { vi: 'Mở để in', en: 'Open to print' },
  halfYearSheet: { vi: 'Tải bảng tính (Excel)', en: 'Download as a workbook (Excel)' },
  halfYearMade: { vi: 'Đã tải {name}.', en: '{name} is downloaded.' },
  halfYearBlocked: {
    vi: 'Trình duyệt không mở thẻ mới, nên báo cáo được tải thành tệp {name}. Hãy mở tệp đó để in.',
    en: 'The browser opened no new tab, so the report was downloaded as {name}. Open that file to print it.',
  },
} as const satisfies Record<string, Title>;

export type QualityWord = keyof typeof QUALITY_WORDS;

/** The text `key`, with `{name}` replaced by `values.name`. */
export function say(language: Language, key: QualityWord, values: Record<string, string | number> = {}): string {
  return QUALITY_WORDS[key][language].replace(/\{(\w+)\}/g, (all, name: string) => isolated(String(values[name] ?? all)));
}
