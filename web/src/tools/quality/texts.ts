import type { Title } from '../../catalog';

/** What is said before the rest is loaded. */
export const QUALITY_TEXTS = {
  qualityTool: { vi: 'Chất lượng', en: 'Quality' },
  qualityLoading: { vi: 'Đang mở bảng chất lượng…', en: 'Opening the figures of quality…' },
} as const satisfies Record<string, Title>;
