/** Texts of themes and looks. */
import type { Title } from '../catalog';

export const LOOK_TEXTS = {
  theme: { vi: 'Chủ đề', en: 'Theme' },
  wholeTheme: { vi: 'Tổng hợp', en: 'Overview' },
  darkLook: { vi: 'Giao diện tối', en: 'Dark look' },
  toDark: { vi: 'Chuyển sang giao diện tối', en: 'Switch to the dark look' },
  toLight: { vi: 'Chuyển sang giao diện sáng', en: 'Switch to the light look' },
} as const satisfies Record<string, Title>;
