/** What went wrong, in words of ours first and the server's own behind them. */
import { element } from '../../dom';
import type { LanguageChoice } from '../../language';
import type { TextKey } from '../../texts';
import { FileGone, Unanswered } from './asking';
import { troubleOf } from './question';

export interface Trouble {
  readonly key: TextKey;
  /** The server's own words. */
  readonly detail: string;
}

export function troubleFrom(error: unknown): Trouble {
  console.warn(error);
  if (error instanceof FileGone) return { key: 'areaTroubleFileGone', detail: '' };
  const [status, detail] = error instanceof Unanswered ? [error.status, error.detail] : [500, String(error)];
  return { key: troubleOf(status, detail), detail };
}

export function troubleView(language: LanguageChoice, { key, detail }: Trouble): HTMLElement[] {
  const said = element('p', { text: language.text(key) });
  if (detail === '') return [said];
  const summary = element('summary', { text: language.text('areaTechnical') });
  return [said, element('details', {}, summary, element('p', { text: detail, attributes: { lang: 'en' } }))];
}
