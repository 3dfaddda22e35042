/**
 * The words and signs around the numbers of a position, brought to one form: letters of the compass `n s e w`,
 * signs of degrees `° ' "`, and what was said of the system. Pure.
 */
import { PLANES, type Plane } from '../vn2000';

export interface Wording {
  /** Numbers, the letters `n s e w`, signs of degrees, dividers. */
  readonly body: string;
  /** The planes that were named; null where none was. */
  readonly planes: readonly Plane[] | null;
  /** The datum that was named. */
  readonly datum: 'vn2000' | 'wgs84' | null;
}

/** Signs that keyboards and word processors put for the same thing. */
const SIGNS: readonly (readonly [RegExp, string])[] = [
  [/[\u2019\u2018\u2032\u02b9\u00b4`]/g, "'"], [/[\u201c\u201d\u2033\u02ba]/g, '"'], [/''/g, '"'], [/[\u00ba\u02da\u2070]/g, '°'],
  [/[\u2212\u2013\u2014]/g, '-'], [/[()[\]{}:=]/g, ' '], [/\s+/g, ' '],
];

/** Letters and words for the compass in both languages, with and without marks. `n` is never nam: nothing of Vietnam lies south. */
const COMPASS: Readonly<Record<string, string>> = {
  n: 'n', b: 'n', bắc: 'n', bac: 'n', north: 'n', mn: 'n', s: 's', nam: 's', south: 's',
  e: 'e', đ: 'e', d: 'e', đông: 'e', dong: 'e', east: 'e', me: 'e', w: 'w', t: 'w', tây: 'w', tay: 'w', west: 'w',
};

/** Words that only name what is there to see. */
const NAMES = new Set([
  'x', 'y', 'm', 'tọa', 'toạ', 'toa', 'vĩ', 'vi', 'kinh', 'tuyến', 'tuyen', 'lat', 'latitude', 'lon', 'lng', 'long', 'longitude',
  'geo', 'point', 'coordinates', 'điểm', 'diem', 'hệ', 'he', 'và', 'va', 'and',
]);

/** Words for the signs of degrees, where they follow a number. */
const DEGREE_WORDS: Readonly<Record<string, string>> = {
  độ: '°', do: '°', o: '°', deg: '°', phút: "'", phut: "'", min: "'", giây: '"', giay: '"', sec: '"',
};

/** A raised zero for the sign of degrees is a plain one where a document was pasted without its form: múi 30, 105030'. */
const ZONE = /(?:múi|mui|zone)(?: chiếu| chieu)? ?([36])(?: ?°| độ| do|0)?(?!\d|[.,]\d)/;
const CODE = /epsg ?(\d{4,5})(?!\d)/;
/** 105°45', 105 45, 105-45 or 105.75, behind a name of the central meridian. */
const MERIDIAN =
  /(?:kinh tuyến trục|kinh tuyen truc|kttw|ktt|central meridian|cm) ?(1[01]\d)(?:[.,](\d{1,2})(?!\d)|(?: ?° ?| |-|0(?=\d\d ?'))(\d\d)(?!\d) ?'?(?: ?00 ?")?| ?°)?/;

/** The planes whose central meridian, zone or code the text names, and the text without that. */
function namedPlanes(text: string): [string, readonly Plane[] | null] {
  let planes: readonly Plane[] | null = null;
  const only = (fits: (plane: Plane) => boolean): string => {
    planes = (planes ?? PLANES).filter(fits);
    return ' ';
  };
  const rest = text
    .replace(ZONE, (_, width: string) => only((plane) => plane.zone === Number(width)))
    .replace(CODE, (_, code: string) => only((plane) => plane.code === Number(code)))
    .replace(MERIDIAN, (_, whole: string, decimals = '0', minutes = '0') => {
      const meridian = Number(`${whole}.${decimals}`) + Number(minutes) / 60;
      return only((plane) => Math.abs(plane.meridian - meridian) < 0.001);
    });
  return [rest, planes];
}

/** The text in one form; null where it holds words that no position has. */
export function wordingOf(typed: string): Wording | null {
  let text = typed.normalize('NFC').toLowerCase();
  for (const [sign, plain] of SIGNS) text = text.replace(sign, plain);
  let datum: Wording['datum'] = null;
  text = text.replace(/(vn|wgs)[ -]?(2000|84)/g, (_, name: string) => {
    datum = name === 'vn' ? 'vn2000' : 'wgs84';
    return ' ';
  });
  const [rest, planes] = namedPlanes(text);
  let foreign = false;
  const body = rest
    .replace(/(\d) ?d ?(\d+) ?m(?: ?([\d.,]+) ?s)?/g, (_, degrees: string, minutes: string, seconds?: string) =>
      `${degrees}°${minutes}'${seconds === undefined ? '' : `${seconds}"`}`)
    .replace(/(\d) ?d ?(?=[\d.,]+ ?')/g, '$1°')
    .replace(/\p{L}+/gu, (word: string, offset: number, whole: string) => {
      const sign = /\d ?$/.test(whole.slice(0, offset)) ? DEGREE_WORDS[word] : undefined;
      if (sign !== undefined) return sign;
      const letter = COMPASS[word];
      if (letter !== undefined) return ` ${letter} `;
      if (!NAMES.has(word) && DEGREE_WORDS[word] === undefined) foreign = true;
      return ' ';
    })
    .replace(/ +/g, ' ')
    .replace(/^[ ,;/|]+|[ ,;/|]+$/g, '');
  return foreign || !/\d/.test(body) ? null : { body, planes, datum };
}
