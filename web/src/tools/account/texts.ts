import type { Title } from '../../catalog';

export const ACCOUNT_TEXTS = {
  account: { vi: 'Tài khoản', en: 'Account' },
  signedInAs: { vi: 'Cơ quan: {agency}', en: 'Agency: {agency}' },
  accountNobody: {
    vi: 'Bạn đang xem dữ liệu mở, không cần đăng nhập. Nếu cơ quan của bạn đã được cấp khóa API, hãy nhập khóa để xem thêm dữ liệu mà cơ quan được phép xem.',
    en: 'You are looking at open data; no sign-in is needed. If your agency has been given an API key, enter it to see what your agency may see beyond that.',
  },
  accountSomebody: {
    vi: 'Bạn đang xem dữ liệu với quyền của cơ quan có mã {agency}.',
    en: 'You are looking at the data with the rights of the agency with the code {agency}.',
  },
  accountLayers: { vi: 'Số lớp bạn được xem: {count}.', en: 'Layers that you may see: {count}.' },
  apiKey: { vi: 'Khóa API', en: 'API key' },
  apiKeyHint: {
    vi: 'Khóa bắt đầu bằng “diaban_”. Trang chỉ giữ khóa trong thẻ trình duyệt này và quên khi bạn đóng thẻ.',
    en: 'It begins with “diaban_”. The page keeps it in this browser tab only, and forgets it when you close the tab.',
  },
  showKey: { vi: 'Hiện khóa', en: 'Show the key' },
  signIn: { vi: 'Đăng nhập', en: 'Sign in' },
  signingIn: { vi: 'Đang hỏi máy chủ…', en: 'Asking the server…' },
  signOut: { vi: 'Đăng xuất', en: 'Sign out' },
  keyEmpty: { vi: 'Hãy dán khóa API vào ô trên.', en: 'Paste the API key into the box above.' },
  keyLetters: {
    vi: 'Khóa chỉ có chữ không dấu và chữ số, không có dấu cách. Hãy chép lại khóa từ thư hoặc tệp đã nhận.',
    en: 'A key holds plain letters and digits only, and no blanks. Copy it again from the message or file that you were sent.',
  },
  keyNotKept: {
    vi: 'Trình duyệt này không cho trang giữ khóa. Hãy bật cookie và dữ liệu trang web cho địa chỉ này, rồi đăng nhập lại.',
    en: 'This browser does not let the page keep the key. Allow cookies and site data for this address, then sign in again.',
  },
  keyOfNobody: {
    vi: 'Máy chủ nhận khóa này nhưng không cho biết cơ quan nào. Hãy hỏi người quản trị.',
    en: 'The server takes this key but names no agency for it. Ask the administrator.',
  },
  keyMalformed: {
    vi: 'Đây không phải là khóa API đầy đủ: khóa gồm “diaban_” và 64 ký tự 0-9, a-f theo sau. Hãy chép lại cả khóa.',
    en: 'This is not a whole API key: one is “diaban_” with 64 characters 0-9, a-f behind it. Copy the whole key again.',
  },
  keyUnknown: {
    vi: 'Máy chủ này không có khóa đó. Hãy kiểm tra xem khóa có phải của máy chủ khác không, hoặc xin khóa mới ở người quản trị.',
    en: 'This server does not know that key. See whether it is of another server, or ask the administrator for a new one.',
  },
  keyExpired: {
    vi: 'Khóa số {number} đã hết hạn ngày {day}. Hãy xin người quản trị cấp khóa mới.',
    en: 'The key, number {number}, expired on {day}. Ask the administrator for a new one.',
  },
  keyRevoked: {
    vi: 'Khóa số {number} đã bị thu hồi ngày {day}. Hãy hỏi người quản trị, hoặc xin khóa mới.',
    en: 'The key, number {number}, was revoked on {day}. Ask the administrator why, or for a new one.',
  },
  tokenEnded: {
    vi: 'Thẻ đăng nhập này đã hết hạn. Hãy đăng nhập lại ở nơi cấp thẻ rồi dán thẻ mới.',
    en: 'This sign-in token has ended. Sign in again where you got it, and paste the new one.',
  },
  keyRefused: {
    vi: 'Máy chủ không nhận khóa này. Hãy chép lại khóa, hoặc hỏi người quản trị.',
    en: 'The server does not take this key. Copy it again, or ask the administrator.',
  },
  serverSays: { vi: 'Máy chủ nói: “{detail}”', en: 'The server says: “{detail}”' },
  keysAway: {
    vi: 'Máy chủ chưa kiểm tra được khóa vì cơ sở dữ liệu đang không kết nối. Hãy thử lại sau ít phút.',
    en: 'The server cannot check keys just now, as its database is away. Try again in a few minutes.',
  },
  sessionLost: {
    vi: 'Khóa API của bạn không còn dùng được.',
    en: 'Your API key is no longer taken.',
  },
  goOnWithoutKey: { vi: 'Xem tiếp không cần khóa', en: 'Go on without it' },
} as const satisfies Record<string, Title>;
