/** What a clerk chooses of how a file is read and loaded, and the document that the server is sent. Pure. */
import type { Language } from '../../catalog';
import type { Look } from './told';

export type Mode = 'merge' | 'append' | 'replace';

export interface Choices {
  /** `EPSG:9210`; empty for what the file says. */
  crs: string;
  swap: boolean;
  sublayer: string;
  headingRow: string;
  /** Columns by attributes and parts of a position, where somebody has chosen one. */
  columns: Map<string, string>;
  /** One value for all rows, by attributes. */
  constants: Map<string, string>;
  /** Encodings by columns. */
  encodings: Map<string, string>;
  mode: Mode;
  /** Code of the commune that a replacement is about. */
  commune: string;
  /** The wrong rows are left out, so many. */
  leaveOut: number | null;
  deleteMost: boolean;
}

export function noChoices(): Choices {
  return {
    crs: '', swap: false, sublayer: '', headingRow: '', columns: new Map(), constants: new Map(), encodings: new Map(), mode: 'merge',
    commune: '', leaveOut: null, deleteMost: false,
  };
}

/** What columns somebody has chosen are for: attributes and parts of a position. */
function chosenFor(choices: Choices): Map<string, string[]> {
  const by = new Map<string, string[]>();
  for (const [attribute, column] of choices.columns) {
    if (!choices.constants.has(attribute)) by.set(column, [...(by.get(column) ?? []), attribute]);
  }
  return by;
}

/** Columns that are chosen for more than one attribute. The server takes each for one, and the other would be lost. */
export function chosenTwice(choices: Choices): Array<{ column: string; attributes: string[] }> {
  return [...chosenFor(choices)].filter(([, attributes]) => attributes.length > 1).map(([column, attributes]) => ({ column, attributes }));
}

/** The column that an attribute would take; none where another attribute was given it. */
export function proposed(choices: Choices, look: Look, attribute: string): string | null {
  const column = look.columns.find((one) => one.attribute === attribute)?.name;
  const isTaken = column !== undefined && chosenFor(choices).get(column)?.some((other) => other !== attribute) === true;
  return isTaken ? null : (column ?? null);
}

/** The column that is chosen for an attribute: another one, or the one that is proposed. */
export function columnOf(choices: Choices, look: Look, attribute: string): string | null {
  return choices.columns.get(attribute) ?? proposed(choices, look, attribute);
}

/** Attributes that every feature must have and that nothing gives. */
export function missing(choices: Choices, look: Look): string[] {
  const isGiven = (name: string): boolean => columnOf(choices, look, name) !== null || (choices.constants.get(name) ?? '') !== '';
  return look.attributes.filter(({ name, mandatory }) => mandatory && !isGiven(name)).map(({ name }) => name);
}

/** The document that a step is told: the settings of `diaban import` by their names, those alone that say something. */
export function wishes(choices: Choices, language: Language): Record<string, unknown> {
  const map: Record<string, string> = {};
  for (const [column, attributes] of chosenFor(choices)) map[column] = attributes.at(-1) ?? '';
  const filled = [...choices.constants].filter(([, value]) => value !== '');
  const row = Number.parseInt(choices.headingRow, 10);
  const commune = choices.mode === 'replace' ? choices.commune.trim() : '';
  return {
    lang: language,
    mode: choices.mode,
    ...(choices.crs === '' ? {} : { crs: choices.crs }),
    ...(choices.swap ? { swap_xy: true } : {}),
    ...(choices.sublayer === '' ? {} : { sublayer: choices.sublayer }),
    ...(Number.isInteger(row) && row > 0 ? { header_row: row } : {}),
    ...(Object.keys(map).length === 0 ? {} : { map }),
    ...(filled.length === 0 ? {} : { set: Object.fromEntries(filled) }),
    ...(choices.encodings.size === 0 ? {} : { encoding: Object.fromEntries(choices.encodings) }),
    ...(commune === '' ? {} : { only: `commune_code=${commune}` }),
    ...(choices.leaveOut === null ? {} : { max_refused: String(choices.leaveOut) }),
    ...(choices.deleteMost ? { delete_most: true } : {}),
  };
}

/**
 * What of the choices decides how rows are read and judged: a dry run holds as long as this is the same. Not the language
 * of the page, nor what is only asked when all is loaded.
 */
export function readWith(choices: Choices): string {
  return JSON.stringify(wishes({ ...choices, leaveOut: null, deleteMost: false }, 'vi'));
}
