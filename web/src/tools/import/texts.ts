/** Texts of the button that opens the import; all others come with its drawer. */
import type { Title } from '../../catalog';

export const IMPORT_TEXTS = {
  importTool: { vi: 'Nạp tệp', en: 'Import' },
} as const satisfies Record<string, Title>;
