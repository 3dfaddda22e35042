/** What the server's `GET /quality` says of layers, the worst first, and how each word went from check to check. Pure. */
import type { Language, Title } from '../../catalog';

/** Đúng, đủ, sạch, sống: right, complete, clean, alive. */
export const WORDS = ['dung', 'du', 'sach', 'song'] as const;
export type Word = (typeof WORDS)[number];

/** A score is a share of what is asked for: 1 passes. */
export interface WordScore {
  readonly word: Word;
  readonly title: Title;
  /** Null until all its measures are known. */
  readonly score: number | null;
  /** Above what it cannot be, by the measures that are known. */
  readonly atMost: number | null;
  readonly passes: boolean | null;
  readonly known: number;
  readonly measures: number;
  /** What is missing for a score. */
  readonly unknown: Title | null;
}

export interface Measure {
  readonly id: string;
  readonly word: Word;
  readonly title: Title;
  readonly value: number | null;
  readonly mark: number;
  readonly lowerIsBetter: boolean;
  readonly passes: boolean | null;
  /** All that were found; the server keeps fewer. */
  readonly findings: number;
  /** What the value was counted from, or why there is none. */
  readonly basis: Title | null;
}

/** One check of a layer, in brief. */
export interface Check {
  readonly at: string;
  readonly scores: Readonly<Record<Word, number | null>>;
  readonly atMost: Readonly<Record<Word, number | null>>;
}

export interface Agency {
  readonly code: string;
  readonly title: Title;
}

export interface LayerQuality {
  readonly id: string;
  readonly title: Title;
  /** Who is in charge today. */
  readonly agency: Agency;
  /** Whether its figures count communes that this caller may not see, and so are told to others only. */
  readonly isWithheld: boolean;
  /** Null where nobody has checked it. */
  readonly checkedAt: string | null;
  readonly count: number | null;
  readonly passes: boolean | null;
  readonly words: readonly WordScore[];
  readonly measures: readonly Measure[];
  /** The oldest first. */
  readonly checks: readonly Check[];
  readonly notes: readonly Title[];
}

type Fields = Record<string, unknown>;

const fields = (value: unknown): Fields => (typeof value === 'object' && value !== null ? (value as Fields) : {});
const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);
const text = (value: unknown): string => (typeof value === 'string' ? value : '');
const number = (value: unknown): number | null => (typeof value === 'number' && Number.isFinite(value) ? value : null);
const verdict = (value: unknown): boolean | null => (typeof value === 'boolean' ? value : null);
const isWord = (value: unknown): value is Word => WORDS.includes(value as Word);

function title(value: unknown): Title | null {
  const { vi, en } = fields(value);
  return typeof vi === 'string' && typeof en === 'string' ? { vi, en } : null;
}

function byWord(value: Fields): Record<Word, number | null> {
  return Object.fromEntries(WORDS.map((word) => [word, number(value[word])])) as Record<Word, number | null>;
}

function readWord(value: unknown): WordScore[] {
  const said = fields(value);
  if (!isWord(said['word'])) return [];
  return [{
    word: said['word'], title: title(said['title']) ?? { vi: said['word'], en: said['word'] },
    score: number(said['score']), atMost: number(said['at_most']), passes: verdict(said['passes']),
    known: number(said['known_measures']) ?? 0, measures: number(said['measures']) ?? 0, unknown: title(said['unknown']),
  }];
}

function readMeasure(value: unknown): Measure[] {
  const said = fields(value);
  const id = text(said['measure']);
  if (!isWord(said['word'])) return [];
  return [{
    id, word: said['word'], title: title(said['title']) ?? { vi: id, en: id }, value: number(said['value']), mark: number(said['pass']) ?? 1,
    lowerIsBetter: said['better'] === 'lower', passes: verdict(said['passes']), findings: number(said['findings']) ?? 0,
    basis: title(said['unknown']) ?? title(said['counted']),
  }];
}

function readLayer(value: unknown): LayerQuality {
  const said = fields(value);
  const id = text(said['layer']);
  const code = text(said['agency']);
  const inCharge = fields(said['in_charge']);
  const checks = list(said['trend']).map((one) => {
    const check = fields(one);
    return { at: text(check['checked_at']), scores: byWord(check), atMost: byWord(fields(check['at_most'])) };
  });
  return {
    id, title: title(said['title']) ?? { vi: id, en: id },
    agency: { code: text(inCharge['code']) || code, title: title(inCharge) ?? { vi: code, en: code } },
    isWithheld: said['withheld'] === true, checkedAt: text(said['checked_at']) || null, count: number(said['count']), passes: verdict(said['passes']),
    words: list(said['words']).flatMap(readWord), measures: list(said['measures']).flatMap(readMeasure),
    checks: checks.reverse(), notes: list(said['notes']).flatMap((note) => title(note) ?? []),
  };
}

/** @throws TypeError where it is not what was agreed. */
export function readQuality(answer: unknown): LayerQuality[] {
  const { layers } = fields(answer);
  if (!Array.isArray(layers)) throw new TypeError('quality: layers is no list');
  return layers.map(readLayer);
}

/** What is known of a word at a check: its score, or above what it cannot be. */
export function bound(check: Check, word: Word): number | null {
  return check.scores[word] ?? check.atMost[word];
}

/** The word that falls shortest, by what is known of it; 1 where none does. */
export function weakest(layer: LayerQuality): number {
  return Math.min(1, ...layer.words.map(({ score, atMost }) => score ?? atMost ?? 1));
}

export type Standing = 'short' | 'unchecked' | 'unknown' | 'passes';

export function standing(layer: LayerQuality): Standing {
  if (layer.passes === false) return 'short';
  if (layer.checkedAt === null) return layer.isWithheld ? 'unknown' : 'unchecked';
  return layer.passes === null ? 'unknown' : 'passes';
}

/** Of those that do not pass nobody knows how bad the unchecked ones are: they stand behind what is known to be bad. */
const STANDINGS: readonly Standing[] = ['short', 'unchecked', 'unknown', 'passes'];

/** The worst first: by how far the weakest word falls short, then by how many words do, then by name. */
export function worstFirst(layers: readonly LayerQuality[], language: Language): LayerQuality[] {
  const rank = (layer: LayerQuality): number => STANDINGS.indexOf(standing(layer));
  const short = (layer: LayerQuality): number => layer.words.filter(({ passes }) => passes === false).length;
  return [...layers].sort((a, b) =>
    rank(a) - rank(b) || weakest(a) - weakest(b) || short(b) - short(a) || a.title[language].localeCompare(b.title[language], language));
}

export function count(layers: readonly LayerQuality[], wanted: Standing): number {
  return layers.filter((layer) => standing(layer) === wanted).length;
}

/** Who is in charge of any of the layers, by name; `own` stands first. */
export function agencies(layers: readonly LayerQuality[], own: string | null, language: Language): Agency[] {
  const all = new Map(layers.map(({ agency }) => [agency.code, agency]));
  const first = (agency: Agency): number => (agency.code === own ? 0 : 1);
  return [...all.values()].sort((a, b) => first(a) - first(b) || a.title[language].localeCompare(b.title[language], language));
}

export type Direction = 'better' | 'worse' | 'same' | 'unknown';

/** Differences that nobody sees in a percentage with one decimal. */
const SAME = 0.0005;

/** How a word went at the last check. A score and a bound are not compared: the one says more than the other. */
export function direction(checks: readonly Check[], word: Word): Direction {
  const [last, before] = [checks.at(-1), checks.at(-2)];
  if (!last || !before) return 'unknown';
  const both = last.scores[word] !== null && before.scores[word] !== null;
  const neither = last.scores[word] === null && before.scores[word] === null;
  const [now, then] = [bound(last, word), bound(before, word)];
  if ((!both && !neither) || now === null || then === null) return 'unknown';
  if (Math.abs(now - then) < SAME) return 'same';
  return now > then ? 'better' : 'worse';
}
