import type { Title } from '../../catalog';

/** What is said before the rest is loaded. */
export const QUALITY_TEXTS = {
  qualityTool: { vi: 'Chất lượng', en: 'Quality' },
} as const satisfies Record<string, Title>;
