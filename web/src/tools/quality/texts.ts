import type { Title } from '../../catalog';

/** What is said before the rest is loaded. */
export const QUALITY_TEXTS = {
  qualityTool: { vi: 'Chất lượng', en: 'Quality' },
  qualityLoading: { vi: 'Đang mở bảng chất lượng…', en: 'Opening the figures of quality…' },
  qualityLoadFailed: {
    vi: 'Không tải được công cụ này. Hãy kiểm tra kết nối rồi thử lại.',
    en: 'This tool could not be loaded. See whether the connection is there, then try again.',
  },
} as const satisfies Record<string, Title>;
