/** What came of a dry run or a load: figures, and the rows to look at, each leading to its place on the map. */
import { element } from '../../dom';
import { formatNumber } from '../../format';
import type { LanguageChoice } from '../../language';
import { type Finding, type Report, type WantedAttribute, plainReason } from './told';
import { type Word, word } from './words';

/** Rows of the table; the file of refused rows has all of them. */
const ROWS_SHOWN = 200;
const HECTARE_M2 = 10_000;

type Say = (key: Word, values?: Record<string, string | number>) => string;

function figures(report: Report, language: LanguageChoice, say: Say): HTMLElement {
  const number = (value: number): string => formatNumber(value, language.current);
  const rows: Array<[Word, number]> = [
    ['read', report.read], ['fresh', report.fresh], ['changed', report.changed], ['unchanged', report.unchanged],
    [`gone_${report.mode}`, report.gone], ['refused', report.refused], ['warned', report.warnings], ['repaired', report.repaired],
    ['filled', report.filled],
  ];
  const always = new Set<Word>(['read', 'fresh', 'changed', 'refused']);
  const shown = rows.filter(([key, value]) => value > 0 || always.has(key)).map(([key, value]) => [key, number(value)] as const);
  const measures: Array<readonly [Word, string]> = [];
  if (report.areaM2 !== null) measures.push(['area', `${formatNumber(report.areaM2 / HECTARE_M2, language.current, 2)} ha`]);
  if (report.lengthM !== null) measures.push(['length', `${formatNumber(report.lengthM / 1000, language.current, 3)} km`]);
  return element(
    'dl', { class: 'import-figures' },
    ...[...shown, ...measures].map(([key, value]) => element(
      'div', { attributes: { 'data-figure': key } }, element('dt', { text: say(key) }), element('dd', { text: value }),
    )),
  );
}

/** What the rows are of: the file, and the attributes that the layer has. */
export interface Subject {
  readonly name: string;
  readonly attributes: readonly WantedAttribute[];
}

function row(finding: Finding, { name, attributes }: Subject, language: LanguageChoice, say: Say, onShow: (place: readonly [number, number]) => void): HTMLElement {
  const { place, severity, key } = finding;
  const number = String(finding.row);
  const at = place
    ? element('button', {
      text: number, class: 'import-show', onClick: () => onShow(place),
      attributes: { type: 'button', 'aria-label': say('showRow', { row: number }), title: say('showRow', { row: number }) },
    })
    : element('span', { text: number });
  const known = attributes.find((one) => one.name === finding.attribute);
  const about = [key, known ? language.of(known.title) : finding.attribute].filter((one) => one !== null).join(', ');
  const reason = plainReason(finding.reason, language.current, name);
  const repair = finding.repair ? `; ${finding.repair[language.current]}` : '';
  return element(
    'tr', { attributes: { 'data-severity': severity } },
    element('th', { attributes: { scope: 'row' } }, at, element('span', { class: 'import-severity', text: say(`severity_${severity}`) })),
    element('td', {}, about === '' ? null : element('b', { text: about }), element('span', { text: `${about === '' ? '' : ': '}${reason}${repair}` })),
  );
}

/** The figures, and the table of rows to look at. */
export function outcomeView(
  report: Report, of: Subject, language: LanguageChoice, onShow: (place: readonly [number, number]) => void,
): HTMLElement[] {
  const say: Say = (key, values) => word(language.current, key, values);
  const shown = report.findings.slice(0, ROWS_SHOWN);
  const left = report.findings.length - shown.length + report.findingsLeftOut;
  const notes = report.notes.map((note) => element('p', { class: 'note', text: plainReason(note, language.current, of.name) }));
  if (shown.length === 0) {
    return [figures(report, language, say), element('p', { class: 'import-good', text: say('allGood') }), ...notes];
  }
  const heads = (['row', 'what'] as const).map((key) => element('th', { text: say(key), attributes: { scope: 'col' } }));
  const table = element(
    'div', { class: 'import-table', attributes: { tabindex: '0', role: 'region', 'aria-label': say('findings') } },
    element(
      'table', { class: 'import-findings' }, element('caption', { text: say('findings') }),
      element('thead', {}, element('tr', {}, ...heads)),
      element('tbody', {}, ...shown.map((one) => row(one, of, language, say, onShow))),
    ),
  );
  return [
    figures(report, language, say), ...notes,
    shown.some(({ place }) => place !== null) ? element('p', { class: 'note', text: say('findingsMap') }) : null,
    table,
    left > 0 ? element('p', { class: 'note', text: say('findingsLeft', { count: formatNumber(left, language.current) }) }) : null,
  ].filter((one) => one !== null);
}
