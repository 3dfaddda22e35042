/** The controls of one condition. Tells what is put in; checks nothing. */
import type { Attribute, Layer } from '../../catalog';
import { DayField } from '../../day_field';
import { element, icon, iconButton } from '../../dom';
import { formatUnit } from '../../format';
import type { LanguageChoice } from '../../language';
import type { TextKey } from '../../texts';
import { type Condition, type Flaw, type Operator, TEXT_MAX, emptyValues, firstCondition, isDay, operatorsOf } from './conditions';

const OPERATOR_TEXTS: Readonly<Record<Operator, TextKey>> = {
  contains: 'filterOpContains', is: 'filterOpIs', anyOf: 'filterOpAnyOf', noneOf: 'filterOpNoneOf', holds: 'filterOpHolds',
  between: 'filterOpBetween', days: 'filterOpDays', yes: 'filterOpYes', no: 'filterOpNo', has: 'filterOpHas', hasNot: 'filterOpHasNot',
};

const FLAW_TEXTS: Readonly<Record<Flaw, TextKey>> = {
  noAttribute: 'filterFlawNoAttribute', noText: 'filterFlawNoText', longText: 'filterFlawLongText',
  noChoice: 'filterFlawNoChoice', noBound: 'filterFlawNoBound', noNumber: 'filterFlawNoNumber', noDay: 'filterFlawNoDay',
  turned: 'filterFlawTurned',
};

/** Codes that stand on paper maps too, for example `LUC`. */
const PAPER_CODE = /^[A-Z]{3}$/;

interface Listeners {
  /** Another attribute or operator: other controls are needed. */
  readonly onKind: (condition: Condition) => void;
  /** Another value of the same condition. */
  readonly onValue: (condition: Condition) => void;
  readonly onRemove: (() => void) | null;
}

function choice(id: string, label: string, options: readonly (readonly [string, string])[], chosen: string, onChoose: (value: string) => void): HTMLElement {
  const select = element(
    'select', { attributes: { id } },
    ...options.map(([value, text]) => element('option', { text, attributes: { value } })),
  );
  select.value = chosen;
  select.addEventListener('change', () => onChoose(select.value));
  return element('label', { class: 'filter-field' }, element('span', { text: label }), select);
}

export class ConditionForm {
  readonly element: HTMLElement;
  private condition: Condition;
  private readonly flaw: HTMLElement;

  constructor(
    condition: Condition,
    private readonly index: number,
    private readonly layer: Layer,
    private readonly language: LanguageChoice,
    private readonly listeners: Listeners,
  ) {
    this.condition = condition;
    const number = index + 1;
    const attribute = layer.attributes.find((one) => one.name === condition.attribute);
    this.flaw = element('p', { class: 'filter-flaw', attributes: { id: this.idOf('flaw') } });
    this.flaw.hidden = true;
    this.element = element(
      'fieldset', { class: 'filter-condition' },
      element('legend', { text: language.text('filterCondition', { number }) }),
      listeners.onRemove
        ? iconButton(icon('close'), language.text('filterRemove', { number }), listeners.onRemove, 'icon-button filter-remove')
        : null,
      this.attributes(),
      ...(attribute ? [this.operators(attribute), ...this.values(attribute)] : []),
      this.flaw,
    );
  }

  /** Says what is wrong, at the control that it is about. */
  show(flaw: Flaw | null): void {
    this.flaw.hidden = flaw === null;
    this.flaw.textContent = flaw === null ? '' : this.language.text(FLAW_TEXTS[flaw]);
    for (const control of this.element.querySelectorAll('.filter-values input')) {
      if (flaw === null) control.removeAttribute('aria-invalid');
      else control.setAttribute('aria-invalid', 'true');
    }
  }

  focus(): void {
    (this.element.querySelector<HTMLElement>('.filter-values input') ?? this.element.querySelector<HTMLElement>('select'))?.focus();
  }

  private idOf(what: string): string {
    return `filter-${what}-${this.index}`;
  }

  private attributes(): HTMLElement {
    const options = this.layer.attributes.map((one) => [one.name, this.language.of(one.title)] as const);
    return choice(this.idOf('attribute'), this.language.text('filterAttribute'), options, this.condition.attribute, (name) => {
      const attribute = this.layer.attributes.find((one) => one.name === name);
      if (attribute) this.listeners.onKind(firstCondition(attribute));
    });
  }

  private operators(attribute: Attribute): HTMLElement {
    const options = operatorsOf(attribute).map((one) => [one, this.language.text(OPERATOR_TEXTS[one])] as const);
    return choice(this.idOf('operator'), this.language.text('filterOperator'), options, this.condition.operator, (value) => {
      const operator = value as Operator;
      const same = emptyValues(operator).length === this.condition.values.length || (value.endsWith('Of') && this.condition.operator.endsWith('Of'));
      this.listeners.onKind({ ...this.condition, operator, values: same ? this.condition.values : emptyValues(operator) });
    });
  }

  private values(attribute: Attribute): HTMLElement[] {
    switch (this.condition.operator) {
      case 'contains':
      case 'is':
        return [this.typed('filterTextNote')];
      case 'holds':
        return [this.typed('filterHoldsNote')];
      case 'anyOf':
      case 'noneOf':
        return [this.codes(attribute)];
      case 'between':
        return [this.bounds({ type: 'text', inputmode: 'decimal', autocomplete: 'off', maxlength: '40' }, attribute.unit)];
      case 'days':
        return [this.days()];
      default:
        return [];
    }
  }

  private put(values: readonly string[]): void {
    this.condition = { ...this.condition, values };
    this.show(null);
    this.listeners.onValue(this.condition);
  }

  private input(index: number, attributes: Record<string, string>): HTMLInputElement {
    const input = element('input', { attributes: { ...attributes, id: this.idOf(`value-${index}`), 'aria-describedby': this.idOf('flaw') } });
    input.value = this.condition.values[index] ?? '';
    input.addEventListener('input', () => this.put(this.condition.values.map((value, at) => (at === index ? input.value : value))));
    return input;
  }

  private typed(note: TextKey): HTMLElement {
    return element(
      'div', { class: 'filter-values' },
      element(
        'label', { class: 'filter-field' },
        element('span', { text: this.language.text('filterText') }),
        this.input(0, { type: 'text', autocomplete: 'off', maxlength: String(TEXT_MAX) }),
      ),
      element('p', { class: 'filter-note', text: this.language.text(note) }),
    );
  }

  private bounds(attributes: Record<string, string>, unit: string | null): HTMLElement {
    const { language } = this;
    const written = unit === null ? '' : ` (${formatUnit(unit, language.current)})`;
    const side = (key: 'filterFrom' | 'filterTo', index: number): HTMLElement =>
      element('label', { class: 'filter-field' }, element('span', { text: language.text(key) + written }), this.input(index, attributes));
    return element(
      'div', { class: 'filter-values' },
      element('div', { class: 'filter-bounds' }, side('filterFrom', 0), side('filterTo', 1)),
      element('p', { class: 'filter-note', text: language.text('filterOpenNote') }),
    );
  }

  private days(): HTMLElement {
    const { language } = this;
    const side = (key: 'filterFrom' | 'filterTo', index: number): HTMLElement => {
      const day: DayField = new DayField(this.idOf(`value-${index}`), language, () => put());
      const value = this.condition.values[index] ?? '';
      if (isDay(value)) day.value = value;
      else day.input.value = value;
      const put = (): void => {
        const said = day.isWrong ? day.input.value : (day.value ?? '');
        this.put(this.condition.values.map((last, at) => (at === index ? said : last)));
      };
      day.input.addEventListener('input', put);
      return element(
        'div', { class: 'filter-field' },
        element('label', { text: language.text(key), attributes: { for: day.input.id } }), day.element,
      );
    };
    return element(
      'div', { class: 'filter-values' },
      element('div', { class: 'filter-bounds' }, side('filterFrom', 0), side('filterTo', 1)),
      element('p', { class: 'filter-note', text: language.text('filterOpenNote') }),
    );
  }

  private codes(attribute: Attribute): HTMLElement {
    const { language } = this;
    const boxes = attribute.values.map((value, index) => {
      const box = element('input', { attributes: { type: 'checkbox', value: value.code, id: this.idOf(`code-${index}`) } });
      box.checked = this.condition.values.includes(value.code);
      box.addEventListener('change', () => {
        const others = this.condition.values.filter((code) => code !== value.code);
        this.put(box.checked ? [...others, value.code] : others);
      });
      const title = language.of(value);
      return element(
        'label', {}, box,
        PAPER_CODE.test(value.code) ? element('b', { text: value.code }) : null,
        PAPER_CODE.test(value.code) && title === value.code ? null : element('span', { text: title }),
      );
    });
    // What is chosen already stands first: lists can be long.
    const chosenFirst = [true, false].flatMap((chosen) =>
      boxes.filter((_, index) => this.condition.values.includes(attribute.values[index]?.code ?? '') === chosen));
    return element(
      'div', { class: 'filter-values filter-codes', attributes: { role: 'group', 'aria-label': language.text('filterChoices') } },
      ...chosenFirst,
    );
  }
}
