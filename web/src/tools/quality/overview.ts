/** All layers by their four scores, the worst first; whose they are; the half-year report. Draws only. */
import type { Language } from '../../catalog';
import { button, element } from '../../dom';
import { formatNumber, formatTimestamp } from '../../format';
import { commandToRun } from './command';
import { scoreText } from './figures';
import { type Agency, type LayerQuality, type Standing, type WordScore, agencies, count, direction, standing, worstFirst } from './scores';
import { spark, wordMark } from './trend_chart';
import { say } from './words';

/** In the link, for layers of all agencies. */
export const EVERY_AGENCY = 'all';

const MARKS = { better: '▲', worse: '▼', same: '=', unknown: '' } as const;
const SAID = { better: 'better', worse: 'worse', same: 'same', unknown: 'firstTime' } as const;

export interface OverviewActions {
  onAgency(code: string): void;
  onLayer(layer: LayerQuality): void;
}

/** `short`, `passes` …: in words, never in colour alone. */
export function badge(of: Standing, language: Language): HTMLElement {
  return element('span', { class: `quality-badge ${of}`, text: say(language, of) });
}

/** A word's score and how it went. */
export function wordCell(layer: LayerQuality, word: WordScore, language: Language): HTMLElement {
  const went = direction(layer.checks, word.word);
  const state = word.passes === false ? 'short' : word.passes === true ? 'passes' : 'unknown';
  const hint = [word.unknown?.[language] ?? '', layer.checks.length > 1 ? say(language, SAID[went]) : ''].filter(Boolean).join('. ');
  return element(
    'div', { class: `quality-word ${state}`, attributes: hint === '' ? {} : { title: hint } },
    element('dt', {}, wordMark(word.word), word.title[language]),
    element(
      'dd', {},
      element('strong', { text: scoreText(word, language) }),
      went === 'unknown' ? null : element('span', { class: `quality-went ${went}`, text: MARKS[went], attributes: { 'aria-hidden': 'true' } }),
      element('span', { class: 'quality-spoken', text: ` ${say(language, state)}${went === 'unknown' ? '' : `, ${say(language, SAID[went])}`}` }),
      spark(layer.checks, word.word),
    ),
  );
}

function item(layer: LayerQuality, withAgency: boolean, language: Language, { onLayer }: OverviewActions): HTMLElement {
  const about = [
    withAgency ? layer.agency.title[language] : null,
    layer.checkedAt === null ? null : say(language, 'checkedAt', { at: formatTimestamp(layer.checkedAt, language) }),
  ].filter((part) => part !== null);
  const attributes = { id: `quality-of-${layer.id}` };
  return element(
    'li', { class: 'quality-layer' },
    element(
      'div', { class: 'quality-line' },
      button(layer.title[language], () => onLayer(layer), { class: 'quality-open', attributes }),
      badge(standing(layer), language),
    ),
    about.length === 0 ? null : element('p', { class: 'quality-about', text: about.join(' · ') }),
    layer.checkedAt === null ? null : element('dl', { class: 'quality-words' }, ...layer.words.map((word) => wordCell(layer, word, language))),
  );
}

function choice(
  layers: readonly LayerQuality[], all: readonly Agency[], chosen: string, own: string | null, language: Language, onAgency: (code: string) => void,
): HTMLElement {
  const of = (code: string): string => formatNumber(layers.filter(({ agency }) => agency.code === code).length, language);
  const option = (value: string, text: string): HTMLOptionElement => element('option', { text, attributes: { value } });
  const named = all.map(({ code, title }) =>
    option(code, say(language, code === own ? 'ownAgency' : 'oneAgency', { name: title[language], count: of(code) })));
  const select = element(
    'select', { attributes: { id: 'quality-agency' } },
    ...named.slice(0, all[0]?.code === own ? 1 : 0),
    option(EVERY_AGENCY, say(language, 'everyAgency', { count: formatNumber(layers.length, language) })),
    ...named.slice(all[0]?.code === own ? 1 : 0),
  );
  select.value = chosen;
  select.addEventListener('change', () => onAgency(select.value));
  return element('div', { class: 'quality-field' }, element('label', { text: say(language, 'agency'), attributes: { for: select.id } }), select);
}

/** `chosen`: code of an agency, or [`EVERY_AGENCY`]. `own`: that of the caller's key. */
export function overview(
  layers: readonly LayerQuality[], chosen: string, own: string | null, language: Language, actions: OverviewActions,
): HTMLElement {
  const shown = chosen === EVERY_AGENCY ? layers : layers.filter(({ agency }) => agency.code === chosen);
  const figures = Object.fromEntries((['short', 'unchecked', 'unknown', 'passes'] as const).map((one) => [one, formatNumber(count(shown, one), language)]));
  const unchecked = count(shown, 'unchecked');
  const command = unchecked > 1 ? commandToRun('diaban check', say(language, 'howToCheckAll', { count: formatNumber(unchecked, language) }), language) : null;
  const list = element('ol', { class: 'quality-layers' }, ...worstFirst(shown, language).map((layer) => item(layer, chosen === EVERY_AGENCY, language, actions)));
  return element(
    'section', {},
    element('p', { class: 'quality-hint', text: say(language, 'intro') }),
    layers.length === 0
      ? element('p', { text: say(language, 'noLayers') })
      : choice(layers, agencies(layers, own, language), chosen, own, language, actions.onAgency),
    element('p', {
      class: 'quality-summary', attributes: { role: 'status' },
      text: shown.length === 0 ? '' : say(language, 'summary', { all: formatNumber(shown.length, language), ...figures }),
    }),
    // What is known to be bad comes before what somebody has to do.
    ...(unchecked === shown.length ? [command, list] : [list, command]),
  );
}
