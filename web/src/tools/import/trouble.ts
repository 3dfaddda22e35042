/** What is said and offered where nothing came of a file, or the server does not take it. Pure. */
import type { Failure } from '../../api';
import type { Trouble } from './told';
import type { Word } from './words';

/** What somebody can choose, so that it goes on. */
const ASKED = ['system', 'encoding', 'sublayer'];

export const isAsked = ({ kind }: Pick<Trouble, 'kind'>): boolean => ASKED.includes(kind);

export interface Advice {
  /** What it is, before the reason. */
  readonly lead: Word | null;
  /** What one can do, behind it. */
  readonly way: Word | null;
}

/** What stands around a reason: of a file that is broken, or grows beyond bounds, that nothing has come of it, and a way on. */
export function adviceOf({ kind }: Pick<Trouble, 'kind'>): Advice {
  switch (kind) {
    case 'system':
      return { lead: 'systemWhich', way: null };
    case 'file':
      return { lead: 'fileUnread', way: 'fileWay' };
    case 'setting':
      return { lead: null, way: 'settingWay' };
    case 'internal':
      return { lead: null, way: 'internalWay' };
    default:
      return { lead: null, way: null };
  }
}

/** The same bytes are read the same way: only another file helps. */
export const isFinal = ({ kind }: Pick<Trouble, 'kind'>): boolean => kind === 'file';

/** What is said of a call that came to nothing; the server's own words where these have none. */
export function refusalWord(failure: Failure | null, status: number | null): Word {
  if (failure !== 'refused') return 'away';
  switch (status) {
    case 403:
      return 'forbidden';
    case 404:
      return 'gone';
    case 409:
      return 'underWay';
    case 413:
      return 'tooLargeThere';
    case 429:
      return 'full';
    default:
      return status !== null && status >= 500 ? 'busyThere' : 'refusedBy';
  }
}

/** The same of a step on a file that is there: it waits for other steps, and no file is in the way. */
export function stepRefusalWord(failure: Failure | null, status: number | null): Word {
  return failure === 'refused' && status === 429 ? 'othersFirst' : refusalWord(failure, status);
}
