/** Texts of the button that opens the import; all others come with its drawer. */
import type { Title } from '../../catalog';

export const IMPORT_TEXTS = {
  importTool: { vi: 'Nạp tệp', en: 'Import' },
  importLoading: { vi: 'Đang mở công cụ nạp tệp…', en: 'Opening the import…' },
  importLoadFailed: {
    vi: 'Chưa tải được công cụ nạp tệp từ máy chủ. Hãy kiểm tra mạng rồi thử lại.',
    en: 'The import could not be loaded from the server. Check the network and try again.',
  },
} as const satisfies Record<string, Title>;
