/** What matches: the number, the first features, each leading to its place, and files of all of them. */
import { fileLink } from '../../save_file';
import type { Attribute, Layer } from '../../catalog';
import { element } from '../../dom';
import { formatNumber, formatValue } from '../../format';
import { cell } from '../../long_text';
import type { LanguageChoice } from '../../language';
import { type Match, type Matches, downloadAddress } from './matches';

/** The forms that planners ask for, with the names that programs give them. */
const FORMS = [['xlsx', 'Excel'], ['csv', 'CSV'], ['geojson', 'GeoJSON'], ['gpkg', 'GeoPackage'], ['fgb', 'FlatGeobuf']] as const;

/** More features than this are more than a sheet of a workbook holds. */
const SHEET_ROWS = 1_048_575;

export function countText(matched: number, language: LanguageChoice): string {
  if (matched === 0) return language.text('filterMatchedNone');
  if (matched === 1) return language.text('filterMatchedOne');
  return language.text('filterMatched', { count: formatNumber(matched, language.current) });
}

function row(match: Match, columns: readonly Attribute[], language: LanguageChoice, onShow: (match: Match) => void): HTMLElement {
  const written = (attribute: Attribute): string => formatValue(match.properties[attribute.name], attribute, language.current) ?? '–';
  const [first, ...others] = columns;
  const name = first && written(first) !== '–' ? written(first) : String(match.id);
  const show = element('button', {
    class: 'filter-show', text: name, onClick: () => onShow(match),
    attributes: { type: 'button', title: language.text('filterShow', { name }) },
  });
  return element(
    'tr', {},
    element('th', { attributes: { scope: 'row' } }, show),
    ...others.map((attribute) => cell('td', written(attribute))),
  );
}

function table(first: readonly Match[], columns: readonly Attribute[], language: LanguageChoice, onShow: (match: Match) => void): HTMLElement {
  const heads = columns.map((one) => element('th', { text: language.of(one.title), attributes: { scope: 'col' } }));
  return element(
    'div', { class: 'filter-table', attributes: { tabindex: '0', role: 'region', 'aria-label': language.text('filterFirst', { count: first.length }) } },
    element(
      'table', {},
      element('caption', { text: language.text('filterFirst', { count: formatNumber(first.length, language.current) }) }),
      element('thead', {}, element('tr', {}, ...heads)),
      element('tbody', {}, ...first.map((match) => row(match, columns, language, onShow))),
    ),
  );
}

function downloads(layer: Layer, filter: string, matched: number, language: LanguageChoice): HTMLElement {
  const forms = FORMS.filter(([form]) => form !== 'xlsx' || matched <= SHEET_ROWS);
  return element(
    'p', { class: 'filter-downloads' },
    element('span', { text: `${language.text('filterDownload')}: ` }),
    ...forms.map(([form, name]) => fileLink(name, downloadAddress(layer, filter, form), `${layer.id}.${form}`, language)),
  );
}

export function resultsOf(
  { matched, first }: Matches, layer: Layer, filter: string, columns: readonly Attribute[], language: LanguageChoice,
  onShow: (match: Match) => void,
): HTMLElement[] {
  if (matched === 0) return [];
  const parts = [downloads(layer, filter, matched, language)];
  if (first.length > 0 && columns.length > 0) parts.push(table(first, columns, language, onShow));
  return parts;
}
