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
  signInAt: { vi: 'Đăng nhập qua {host}', en: 'Sign in at {host}' },
  signInOr: { vi: 'Hoặc dùng khóa API của cơ quan', en: 'Or use your agency’s API key' },
  signInGoing: { vi: 'Đang chuyển đến {host}…', en: 'Going to {host}…' },
  signInUntil: { vi: 'Đăng nhập qua {host}, có hiệu lực đến {moment}.', en: 'Signed in at {host}, until {moment}.' },
  signInKept: {
    vi: 'Trang chỉ giữ đăng nhập trong thẻ trình duyệt này. Trên máy dùng chung, hãy đăng xuất khi xong việc.',
    en: 'The page keeps the sign-in in this browser tab only. On a shared computer, sign out when you have finished.',
  },
  signInEnded: {
    vi: 'Lần đăng nhập của bạn đã hết hiệu lực lúc {moment}. Bản đồ vẫn giữ nguyên; hãy đăng nhập lại để xem tiếp dữ liệu của cơ quan.',
    en: 'Your sign-in ended at {moment}. The map stays as it is; sign in again to go on seeing your agency’s data.',
  },
  signInAgain: { vi: 'Đăng nhập lại', en: 'Sign in again' },
  signInLost: { vi: 'Lần đăng nhập của bạn không còn dùng được.', en: 'Your sign-in is no longer taken.' },
  signInSays: { vi: 'Nơi đăng nhập nói: “{detail}”', en: 'It says: “{detail}”' },
  signInAway: {
    vi: 'Không kết nối được {host}. Hãy kiểm tra mạng rồi thử lại; nếu vẫn vậy, hãy báo người quản trị rằng nơi đó phải cho phép trang này hỏi (CORS).',
    en: '{host} does not answer. Check the network and try again; if it stays so, tell the administrator that it has to let this page ask (CORS).',
  },
  signInUnreadable: {
    vi: 'Nơi đăng nhập {host} trả lời không đúng chuẩn OpenID Connect. Hãy báo người quản trị.',
    en: 'The answer of {host} is not as OpenID Connect has it. Tell the administrator.',
  },
  signInElsewhere: {
    vi: '{host} cấp thẻ đăng nhập ở một địa chỉ khác nên trang này không được phép hỏi. Hãy báo người quản trị.',
    en: '{host} gives its tokens at another address, which this page may not ask. Tell the administrator.',
  },
  signInNeedsTls: {
    vi: 'Chỉ đăng nhập được khi mở trang bằng địa chỉ https://. Hãy hỏi người quản trị địa chỉ đó, hoặc dùng khóa API.',
    en: 'Signing in works only where the page is opened at an https:// address. Ask the administrator for it, or use an API key.',
  },
  signInForeign: {
    vi: 'Chưa đăng nhập: câu trả lời không thuộc lần đăng nhập nào bắt đầu từ thẻ này. Hãy mở Tài khoản và đăng nhập lại.',
    en: 'You are not signed in: the answer belongs to no sign-in that began in this tab. Open Account and sign in again.',
  },
  signInDenied: {
    vi: 'Chưa đăng nhập: bạn đã dừng lại ở {host}. Bạn vẫn xem được dữ liệu mở.',
    en: 'You are not signed in: you stopped at {host}. Open data are shown all the same.',
  },
  signInRefused: {
    vi: '{host} từ chối đăng nhập. Hãy thử lại, hoặc hỏi người quản lý tài khoản của bạn.',
    en: '{host} refuses to sign you in. Try again, or ask whoever looks after your account.',
  },
  signInForAnother: {
    vi: 'Thẻ mà {host} cấp không dành cho máy chủ này. Hãy báo người quản trị: mục audience phải khớp với tệp cấp quyền.',
    en: 'What {host} gave is not for this server. Tell the administrator: its audience has to be that of the file of grants.',
  },
  signInClock: {
    vi: 'Thẻ mà {host} vừa cấp đã hết hạn ngay: đồng hồ máy này có thể sai. Hãy chỉnh giờ rồi đăng nhập lại.',
    en: 'What {host} gave has ended already: the clock of this computer may be wrong. Set it, then sign in again.',
  },
  tokenNoAgency: {
    vi: 'Tài khoản này chưa được gắn với cơ quan nào ở đây. Hãy hỏi người quản lý tài khoản của bạn.',
    en: 'This account belongs to no agency that is known here. Ask whoever looks after your account.',
  },
  goOnWithoutKey: { vi: 'Xem tiếp không cần khóa', en: 'Go on without it' },
} as const satisfies Record<string, Title>;

export type AccountTextKey = keyof typeof ACCOUNT_TEXTS;
