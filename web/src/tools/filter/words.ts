/** A filter in a sentence, so that one reads what is shown. Pure. */
import type { Attribute, Language, Layer } from '../../catalog';
import { formatCode, formatDate, formatNumber, formatUnit } from '../../format';
import { textIn } from '../../language';
import type { Condition, LayerFilter } from './conditions';

function withUnit(number: string, { unit }: Attribute, language: Language): string {
  const written = formatNumber(Number(number), language);
  return unit === null ? written : unit === '%' ? `${written}%` : `${written} ${formatUnit(unit, language)}`;
}

function between([from = '', to = '']: readonly string[], written: (text: string) => string, language: Language): string {
  if (to === '') return textIn(language, 'filterSaysFrom', { from: written(from) });
  if (from === '') return textIn(language, 'filterSaysTo', { to: written(to) });
  return textIn(language, 'filterSaysBetween', { from: written(from), to: written(to) });
}

/** What is asked of the attribute, without its title. */
function asked({ operator, values }: Condition, attribute: Attribute, language: Language): string {
  const [text = ''] = values;
  const codes = (): string => attribute.values
    .filter((one) => values.includes(one.code))
    .map((one) => formatCode(one.code, attribute, language))
    .join(textIn(language, 'filterSaysOr'));
  switch (operator) {
    case 'contains':
      return textIn(language, 'filterSaysContains', { text: text.trim() });
    case 'is':
      return textIn(language, 'filterSaysIs', { text: text.trim() });
    case 'holds':
      return textIn(language, 'filterSaysHolds', { text: text.trim() });
    case 'anyOf':
      return textIn(language, 'filterSaysAnyOf', { codes: codes() });
    case 'noneOf':
      return textIn(language, 'filterSaysNoneOf', { codes: codes() });
    case 'between':
      return between(values, (number) => withUnit(number, attribute, language), language);
    case 'days':
      return between(values, (day) => formatDate(day, language), language);
    case 'yes':
      return textIn(language, 'filterSaysYes');
    case 'no':
      return textIn(language, 'filterSaysNo');
    case 'has':
      return textIn(language, 'filterSaysHas');
    case 'hasNot':
      return textIn(language, 'filterSaysHasNot');
  }
}

/** `Cấp học là Tiểu học; và Số học sinh từ 500 trở lên` */
export function inWords({ join, conditions }: LayerFilter, layer: Layer, language: Language): string {
  const said = conditions.map((condition) => {
    const attribute = layer.attributes.find((one) => one.name === condition.attribute);
    return attribute ? `${attribute.title[language]} ${asked(condition, attribute, language)}` : condition.attribute;
  });
  return said.join(textIn(language, join === 'and' ? 'filterSaysAnd' : 'filterSaysEither'));
}
