/** Why the server does not take a key, in the words of whoever holds it. Pure. */
import type { Language } from '../../catalog';
import { formatDate } from '../../format';
import { textIn } from '../../language';

/** What the server's reason says; where it is none that is known, its own words stand behind ours. */
export function refusalText(detail: string | null, language: Language): string {
  if (detail === null) return textIn(language, 'keyRefused');
  const ended = /key, number (\d+), (expired|was revoked) on (\d{4}-\d{2}-\d{2})/.exec(detail);
  if (ended) {
    const [, number = '', how, day = ''] = ended;
    return textIn(language, how === 'expired' ? 'keyExpired' : 'keyRevoked', { number, day: formatDate(day, language) });
  }
  if (/is no API key|plain ASCII/.test(detail)) return textIn(language, 'keyMalformed');
  if (/API key is not known/.test(detail)) return textIn(language, 'keyUnknown');
  if (/token has ended/.test(detail)) return textIn(language, 'tokenEnded');
  if (/token names no agency/.test(detail)) return textIn(language, 'tokenNoAgency');
  return `${textIn(language, 'keyRefused')} ${textIn(language, 'serverSays', { detail })}`;
}
