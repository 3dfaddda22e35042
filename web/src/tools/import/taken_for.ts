/** What a file is taken for, and what may be chosen of it: its system, encodings, layer inside, and which column is what. */
import { element } from '../../dom';
import { formatNumber } from '../../format';
import type { LanguageChoice } from '../../language';
import { afterPress } from '../../pressing';
import { type Choices, columnOf, proposed } from './choices';
import { type Allowed, type Fields, type FileColumn, type Look, type Trouble, both, plainReason } from './told';
import { adviceOf, isAsked } from './trouble';
import { type Word, word } from './words';

/** Stands for one value for all rows among the columns. */
const CONSTANT = '\u0000constant';
/** Columns that nobody uses and that are named. */
const UNUSED_TOLD = 30;

export interface TakenFor {
  readonly look: Look | null;
  readonly troubles: readonly Trouble[];
  readonly name: string;
  readonly allowed: Allowed;
  readonly choices: Choices;
  readonly language: LanguageChoice;
  /** Something was chosen; `anew` where the file has to be looked at again for it. */
  readonly onChoice: (anew: boolean) => void;
}

type Say = (key: Word, values?: Record<string, string | number>) => string;

function option(value: string, text: string, chosen: string): HTMLOptionElement {
  const made = element('option', { text, attributes: { value } });
  made.selected = value === chosen;
  return made;
}

function select(id: string, options: readonly HTMLOptionElement[], onChange: (value: string) => void): HTMLSelectElement {
  const made = element('select', { attributes: { id } }, ...options);
  made.addEventListener('change', () => onChange(made.value));
  return made;
}

function field(label: string, control: HTMLElement & { id: string }, ...more: Array<HTMLElement | null>): HTMLElement {
  return element('div', { class: 'field' }, element('label', { text: label, attributes: { for: control.id } }), control, ...more);
}

/** A text box that says what was typed when it is left, so that nothing is drawn anew under the hand. */
function typed(id: string, value: string, onChange: (value: string) => void, more: Record<string, string> = {}): HTMLInputElement {
  const made = element('input', { attributes: { type: 'text', id, ...more } });
  made.value = value;
  made.addEventListener('change', () => onChange(made.value.trim()));
  return made;
}

function systemOf(of: TakenFor, say: Say): HTMLElement[] {
  const { look, choices, allowed, language } = of;
  const trouble = of.troubles.find(({ kind }) => kind === 'system');
  const offered = trouble?.choices ?? [];
  const choose = (crs: string, swap: boolean): void => {
    [choices.crs, choices.swap] = [crs, swap];
    of.onChoice(true);
  };
  const found = look?.system;
  const box = select(
    'import-system',
    [option('', say('systemOwn'), choices.crs), ...allowed.systems.map(({ crs, name }) => option(crs, `${name} (${crs})`, choices.crs))],
    (crs) => choose(crs, choices.swap),
  );
  const swap = element('input', { attributes: { type: 'checkbox', id: 'import-swap' } });
  swap.checked = choices.swap;
  swap.addEventListener('change', () => choose(choices.crs, swap.checked));
  const candidate = (one: Fields, at: number): HTMLElement => {
    const [crs, swapped] = [String(one['crs']), one['swap_xy'] === true];
    const radio = element('input', { attributes: { type: 'radio', name: 'import-candidate', id: `import-candidate-${at}` } });
    radio.checked = choices.crs === crs && choices.swap === swapped;
    radio.addEventListener('change', () => choose(crs, swapped));
    const title = `${String(one['name'])} (${crs})${swapped ? `, ${say('swap')}` : ''}`;
    return element(
      'label', { class: 'import-choice' }, radio,
      element('span', {}, element('b', { text: title }), element('span', { class: 'note', text: both(one, 'evidence')[language.current] })),
    );
  };
  return [
    found && !trouble
      ? element('p', { class: 'import-system', text: say(`systemFrom_${found.from}`, { name: found.name, crs: found.crs }) }) : null,
    found && !trouble && found.evidence.en !== ''
      ? element('p', { class: 'note', text: plainReason(found.evidence, language.current, of.name) }) : null,
    trouble ? troubleView(trouble, of) : null,
    offered.length > 0
      ? element('fieldset', {}, element('legend', { text: say('systemFits') }), ...offered.map(candidate)) : null,
    field(say('system'), box),
    element('label', { class: 'import-choice' }, swap, element('span', { text: say('swap') })),
  ].filter((one) => one !== null);
}

/** Why something cannot be told, or nothing came of it, in the words of whoever sent the file, and what he can do. */
export function troubleView(trouble: Trouble, { language, name }: Pick<TakenFor, 'language' | 'name'>): HTMLElement {
  const reason = plainReason(trouble.reason, language.current, name);
  // What is offered stands below as something to choose.
  const told = trouble.choices.length > 0 ? (reason.split('\n')[0] ?? reason) : reason;
  const { lead, way } = adviceOf(trouble);
  return element(
    'div', { class: 'import-trouble', attributes: { role: 'alert', 'data-kind': trouble.kind } },
    lead === null ? null : element('p', {}, element('b', { text: word(language.current, lead, { name }) })),
    element('p', { text: told }),
    way === null ? null : element('p', { text: word(language.current, way) }),
  );
}

function encodingsOf(of: TakenFor, say: Say): HTMLElement[] {
  const { choices } = of;
  const asked = of.troubles.filter(({ kind }) => kind === 'encoding').flatMap(({ choices: columns }) => columns);
  return asked.map((one, at) => {
    const column = String(one['column']);
    const could = (Array.isArray(one['could']) ? one['could'] : []) as Fields[];
    const chosen = choices.encodings.get(column) ?? '';
    const options = could.map(({ encoding, sample }) => option(String(encoding), `${String(sample)}  (${String(encoding)})`, chosen));
    const box = select(`import-encoding-asked-${at}`, [option('', '…', chosen), ...options], (encoding) => {
      if (encoding === '') choices.encodings.delete(column);
      else choices.encodings.set(column, encoding);
      of.onChoice(true);
    });
    return element('div', { class: 'import-trouble' }, field(`${say('encodingOf', { column })}: ${say('encodingWhich')}`, box));
  });
}

function sublayerOf(of: TakenFor, say: Say): HTMLElement | null {
  const trouble = of.troubles.find(({ kind }) => kind === 'sublayer');
  if (!trouble) return null;
  const { choices, language } = of;
  const options = trouble.choices.map((one) => option(String(one['name']), both(one, 'title')[language.current], choices.sublayer));
  const box = select('import-sublayer', [option('', '…', choices.sublayer), ...options], (name) => {
    choices.sublayer = name;
    of.onChoice(true);
  });
  return field(say('sublayerWhich'), box);
}

/** What an attribute, or a part of a position, is called. */
export function titleOf(look: Look, name: string, language: LanguageChoice): string {
  const attribute = look.attributes.find((one) => one.name === name);
  if (attribute) return language.of(attribute.title);
  return look.parts.includes(name) ? word(language.current, `part_${name}` as Word) : name;
}

/** The column of an attribute or of a part of a position: a choice, and a box where it is one value for all. */
function columnChoice(of: TakenFor, look: Look, attribute: string, label: string, say: Say, withConstant: boolean): HTMLElement[] {
  const { choices } = of;
  const constant = choices.constants.get(attribute);
  const own = withConstant ? proposed(choices, look, attribute) : null;
  const chosen = constant !== undefined ? CONSTANT : (choices.columns.get(attribute) ?? own ?? '');
  // Names of columns are cut to ten letters in many files; what is in them tells more.
  const shown = ({ name, samples: [first] }: FileColumn): string => (first === undefined ? name : `${name}  (${first})`);
  const names = look.columns.filter(({ madeUp }) => !madeUp).map((one) => option(one.name, shown(one), chosen));
  const box = select(
    `import-column-${attribute}`,
    // A column that is taken by its name cannot be left out, only given to another attribute.
    [...(own === null ? [option('', say('none'), chosen)] : []), ...names, ...(withConstant ? [option(CONSTANT, say('constant'), chosen)] : [])],
    (value) => {
      choices.constants.delete(attribute);
      choices.columns.delete(attribute);
      if (value === CONSTANT) choices.constants.set(attribute, '');
      else if (value !== '') choices.columns.set(attribute, value);
      of.onChoice(!withConstant);
    },
  );
  box.setAttribute('aria-label', label);
  if (constant === undefined) return [box];
  const value = typed(`import-constant-${attribute}`, constant, (text) => {
    choices.constants.set(attribute, text);
    afterPress(() => of.onChoice(false));
  }, { 'aria-label': say('constantOf', { attribute: label }) });
  return [box, value];
}

function textOf(of: TakenFor, column: FileColumn | undefined, say: Say): HTMLElement | null {
  if (!column?.text) return null;
  const { choices, allowed, language } = of;
  const found = column.text.title[language.current];
  const chosen = choices.encodings.get(column.name) ?? '';
  const options = allowed.encodings.map(({ name, title }) => option(name, title, chosen));
  const box = select(
    `import-encoding-${column.name}`, [option('', say('encodingAuto', { encoding: found }), chosen), ...options],
    (encoding) => {
      if (encoding === '') choices.encodings.delete(column.name);
      else choices.encodings.set(column.name, encoding);
      of.onChoice(true);
    },
  );
  box.setAttribute('aria-label', say('encodingFor', { column: column.name }));
  return box;
}

function matching(of: TakenFor, look: Look, say: Say): HTMLElement {
  const { language, choices } = of;
  const rows = look.attributes.map((attribute) => {
    const title = language.of(attribute.title);
    const column = look.columns.find(({ name }) => name === columnOf(choices, look, attribute.name));
    const shown = choices.constants.has(attribute.name) ? undefined : column;
    return element(
      'tr', {},
      element(
        'th', { attributes: { scope: 'row' } }, element('span', { text: title }),
        element('span', { class: 'note', text: attribute.mandatory ? `${attribute.name}, ${say('mandatory')}` : attribute.name }),
      ),
      element('td', {}, ...columnChoice(of, look, attribute.name, title, say, true)),
      element('td', { class: 'import-samples' }, element('span', { text: shown?.samples.join(' · ') ?? '' }), textOf(of, shown, say)),
    );
  });
  const heads = (['attribute', 'column', 'samples'] as const).map((key) => element('th', { text: say(key), attributes: { scope: 'col' } }));
  return element(
    'div', { class: 'import-table', attributes: { tabindex: '0', role: 'region', 'aria-label': say('columns') } },
    element(
      'table', {}, element('caption', { text: say('columns') }), element('thead', {}, element('tr', {}, ...heads)),
      element('tbody', {}, ...rows),
    ),
  );
}

function positionsOf(of: TakenFor, look: Look, say: Say): HTMLElement | null {
  if (look.parts.length === 0) return null;
  const asked = of.choices.columns;
  const boxes = look.parts.map((part) => {
    const label = say(`part_${part}` as Word);
    return element('div', { class: 'field' }, element('span', { text: label }), ...columnChoice(of, look, part, label, say, false));
  });
  const isFound = look.columns.some(({ position }) => position) && !look.parts.some((part) => asked.has(part));
  const details = element('details', { class: 'import-positions' }, element('summary', { text: say('positions') }), element('div', { class: 'fields' }, ...boxes));
  details.open = !isFound;
  return details;
}

function facts(look: Look, say: Say, language: LanguageChoice): HTMLElement {
  const rows: Array<[string, string]> = [[say('format'), look.format]];
  if (look.rows !== null) rows.push([say('rows'), formatNumber(look.rows, language.current)]);
  if (look.files.length > 1) rows.push([say('filesInside'), look.files.join(', ')]);
  return element(
    'dl', { class: 'import-facts' },
    ...rows.flatMap(([name, value]) => [element('dt', { text: name }), element('dd', { text: value })]),
  );
}

/** The whole of it. */
export function takenFor(of: TakenFor): HTMLElement[] {
  const { look, language, choices } = of;
  const say: Say = (key, values) => word(language.current, key, values);
  const others = of.troubles.filter((trouble) => !isAsked(trouble));
  const parts = [...others.map((trouble) => troubleView(trouble, of)), sublayerOf(of, say)].filter((one) => one !== null);
  if (!look) {
    // Of a file that cannot be read there is nothing to choose.
    const asks = of.troubles.some(({ kind }) => kind === 'system');
    return [...parts, ...(asks ? systemOf(of, say) : []), ...encodingsOf(of, say)];
  }
  const used = new Set(look.attributes.map(({ name }) => columnOf(choices, look, name)));
  const asked = new Set(choices.columns.values());
  const unused = look.columns.filter(({ name, position, madeUp }) => !used.has(name) && !asked.has(name) && !position && !madeUp);
  const heading = look.headingRow === null ? null : field(
    say('headingRow'),
    typed('import-heading', choices.headingRow, (row) => {
      choices.headingRow = row;
      of.onChoice(true);
    }, { inputmode: 'numeric', placeholder: say('headingAuto') }),
  );
  return [
    facts(look, say, language),
    ...look.notes.map((note) => element('p', { class: 'note', text: plainReason(note, language.current, of.name) })),
    ...parts,
    element('h4', { text: say('system') }), ...systemOf(of, say),
    ...encodingsOf(of, say),
    positionsOf(of, look, say),
    matching(of, look, say),
    unused.length === 0 ? null
      : element('p', { class: 'note', text: say('unused', { columns: unused.slice(0, UNUSED_TOLD).map(({ name }) => name).join(', ') }) }),
    heading,
  ].filter((one) => one !== null);
}
