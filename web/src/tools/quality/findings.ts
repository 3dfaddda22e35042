/** What a check found wrong where, as the server tells it: features of GeoJSON. Pure. */
import type { Attribute, Extent, Language, Title } from '../../catalog';
import { type Measure, WORDS, type Word } from './scores';

export interface Finding {
  /** Its place in the list: names it on the map. */
  readonly number: number;
  readonly measure: string;
  readonly word: Word;
  readonly title: Title;
  readonly feature: number | null;
  readonly attribute: string | null;
  readonly text: Title;
  /** Longitude and latitude in degrees; null where the feature has no place. */
  readonly place: readonly [number, number] | null;
}

/** Colours of the words on the map and in charts: told apart by those who see red and green alike, 3:1 on paper. */
export const COLOURS: Readonly<Record<Word, string>> = { dung: '#0a5ea8', du: '#b35c00', sach: '#00795c', song: '#a8327c' };

type Fields = Record<string, unknown>;
const fields = (value: unknown): Fields => (typeof value === 'object' && value !== null ? (value as Fields) : {});

function title(value: unknown): Title {
  const { vi, en } = fields(value);
  return { vi: typeof vi === 'string' ? vi : '', en: typeof en === 'string' ? en : '' };
}

function place(geometry: unknown): readonly [number, number] | null {
  const { type, coordinates } = fields(geometry);
  if (type !== 'Point' || !Array.isArray(coordinates)) return null;
  const [longitude, latitude] = coordinates as unknown[];
  if (typeof longitude !== 'number' || typeof latitude !== 'number') return null;
  // What lies on no map cannot be gone to.
  return Math.abs(longitude) <= 180 && Math.abs(latitude) <= 85 ? [longitude, latitude] : null;
}

/** @throws TypeError where it is not what was agreed. */
export function readFindings(answer: unknown, measures: readonly Measure[]): Finding[] {
  const { features } = fields(answer);
  if (!Array.isArray(features)) throw new TypeError('findings: features is no list');
  const words = new Map(measures.map(({ id, word }) => [id, word]));
  return features.map((one: unknown, number) => {
    const { geometry, properties } = fields(one);
    const said = fields(properties);
    const measure = String(said['measure'] ?? '');
    return {
      number, measure, word: words.get(measure) ?? WORDS[0], title: title(said['title']),
      feature: typeof said['feature'] === 'number' ? said['feature'] : null,
      attribute: typeof said['attribute'] === 'string' ? said['attribute'] : null, text: title(said['text']), place: place(geometry),
    };
  });
}

/** Those that can be mapped, each under its number and word. */
export function asPoints(findings: readonly Finding[]): GeoJSON.FeatureCollection<GeoJSON.Point> {
  return {
    type: 'FeatureCollection',
    features: findings.flatMap(({ number, word, place }) =>
      place ? [{ type: 'Feature', id: number, properties: { word }, geometry: { type: 'Point', coordinates: [...place] } }] : []),
  };
}

/** The box around them; null where none has a place. */
export function boxOf(findings: readonly Finding[]): Extent | null {
  const places = findings.flatMap(({ place }) => (place ? [place] : []));
  const [first] = places;
  if (!first) return null;
  return places.reduce<[number, number, number, number]>(
    ([west, south, east, north], [x, y]) => [Math.min(west, x), Math.min(south, y), Math.max(east, x), Math.max(north, y)],
    [first[0], first[1], first[0], first[1]],
  );
}

/** Measures by which anything is kept, with how many of how many found. */
export function byMeasure(findings: readonly Finding[], measures: readonly Measure[]): Array<{ measure: Measure; kept: number }> {
  return measures
    .map((measure) => ({ measure, kept: findings.filter((finding) => finding.measure === measure.id).length }))
    .filter(({ kept }) => kept > 0);
}

/** What is wrong, behind what the attribute is called on the map; the name that programs have for it where the page does not know it. */
export function whatIsWrong({ attribute, text }: Pick<Finding, 'attribute' | 'text'>, attributes: readonly Attribute[], language: Language): string {
  if (attribute === null) return text[language];
  return `${attributes.find(({ name }) => name === attribute)?.title[language] ?? attribute}: ${text[language]}`;
}
