import { describe, expect, it } from 'vitest';
import { LANGUAGES } from '../src/language';
import { halfYears, markText, percent, scoreText, valueText } from '../src/tools/quality/figures';
import { COLOURS, asPoints, boxOf, byMeasure, readFindings, whatIsWrong } from '../src/tools/quality/findings';
import { type LayerQuality, WORDS, agencies, direction, readQuality, standing, worstFirst } from '../src/tools/quality/scores';
import { footOf, linesOf } from '../src/tools/quality/trend_lines';
import { QUALITY_WORDS, say } from '../src/tools/quality/words';
import { attribute } from './fixture';

const title = (name: string): { vi: string; en: string } => ({ vi: name, en: name });
type Scores = [number | null, number | null, number | null, number | null];

/** A layer as the server tells of it: the scores of its checks, the oldest first; a word that is not known passes or not by `atMost`. */
function told(id: string, checks: Scores[], atMost: Scores = [null, null, null, null], agency = 'soxd'): Record<string, unknown> {
  const last = checks.at(-1);
  const of = (scores: Scores): Record<string, number | null> => Object.fromEntries(WORDS.map((word, at) => [word, scores[at] ?? null]));
  const passes = (at: number): boolean | null => {
    const known = last?.[at] ?? atMost[at] ?? null;
    if (known !== null && known < 1) return false;
    return last?.[at] === 1 ? true : null;
  };
  const verdicts = WORDS.map((_, at) => passes(at));
  return {
    layer: id, title: title(id), agency: 'old', in_charge: { code: agency, ...title(`Sở ${agency}`) }, count: last ? 5 : null,
    checked_at: last ? '2026-11-28T21:30:00+07:00' : null, passes: verdicts.includes(false) ? false : verdicts.includes(null) ? null : true,
    words: WORDS.map((word, at) => ({ word, title: title(word), score: last?.[at] ?? null, at_most: atMost[at], passes: verdicts[at] })),
    measures: [{ measure: 'overlap', word: 'sach', title: title('x'), pass: 0.001, better: 'lower', value: 0.0012, passes: false, findings: 812, counted: title('y') }],
    trend: checks.map((scores, at) => ({ checked_at: `2026-0${at + 1}-01T08:00:00+07:00`, ...of(scores), at_most: of(at === checks.length - 1 ? atMost : [null, null, null, null]) })).reverse(),
  };
}

const read = (...layers: Array<Record<string, unknown>>): LayerQuality[] => readQuality({ layers });
const one = (...of: Parameters<typeof told>): LayerQuality => read(told(...of))[0] as LayerQuality;

describe('the list of layers', () => {
  it('begins with the one whose weakest word falls shortest, and ends with those that pass', () => {
    const layers = read(
      told('passes', [[1, 1, 1, 1]]), told('unchecked', []), told('unknown', [[1, 1, 1, null]], [null, null, null, 1]),
      told('bad', [[1, 0.9, 1, 1]]), told('worst', [[1, 1, 0.3, 1]]), told('bounded', [[1, 1, null, 1]], [null, null, 0.5, null]),
      told('badtwice', [[0.9, 0.95, 1, 1]]),
    );
    expect(worstFirst(layers, 'vi').map(({ id }) => id)).toEqual(['worst', 'bounded', 'badtwice', 'bad', 'unchecked', 'unknown', 'passes']);
  });
  it('says of a layer that nobody has checked just that, and of one that is told to others only that it is not known', () => {
    expect(standing(one('a', []))).toBe('unchecked');
    expect(standing(read({ ...told('a', []), withheld: true })[0] as LayerQuality)).toBe('unknown');
  });
  it('names who is in charge today, the caller’s own agency first', () => {
    const layers = read(told('a', [], undefined, 'soct'), told('b', [], undefined, 'soxd'), told('c', [], undefined, 'bql'), told('d', [], undefined, 'soxd'));
    expect(agencies(layers, 'soxd', 'vi').map(({ code }) => code)).toEqual(['soxd', 'bql', 'soct']);
    expect(agencies(layers, null, 'vi').map(({ code }) => code)).toEqual(['bql', 'soct', 'soxd']);
    expect(one('a', []).agency.title.vi).toBe('Sở soxd');
  });
  it('is refused where it is no list', () => {
    for (const wrong of [null, 3, {}, { layers: 'x' }]) expect(() => readQuality(wrong)).toThrow(TypeError);
    expect(read({}, { layer: 'x', words: 'y', trend: [null], measures: [3] })).toHaveLength(2);
  });
});

describe('how a word went', () => {
  const went = (...checks: Array<number | null>): string => direction(one('a', checks.map((score) => [score, 1, 1, 1])).checks, 'dung');
  it('is better, worse or the same as at the check before', () => {
    expect([went(0.8, 0.9), went(0.9, 0.8), went(0.9, 0.9001), went(0.2, 0.9, 0.8)]).toEqual(['better', 'worse', 'same', 'worse']);
  });
  it('is not known after one check, nor where one of the two is only a bound', () => {
    expect([went(0.9), went(), went(null, 0.9)]).toEqual(['unknown', 'unknown', 'unknown']);
    const bounded = one('a', [[0.9, 1, 1, 1], [null, 1, 1, 1]], [0.5, null, null, null]);
    expect(direction(bounded.checks, 'dung')).toBe('unknown');
  });
});

describe('the chart', () => {
  const frame = { width: 100, height: 50, margin: 5, low: 0 };
  it('goes from the first check on the left to the last on the right, good ones above', () => {
    const { checks } = one('a', [[0, 1, 1, 1], [0.5, 1, 1, 1], [1, 1, 1, 1]]);
    const [line = []] = linesOf(checks, 'dung', frame);
    expect(line.map(({ y }) => y)).toEqual([45, 25, 5]);
    expect([line[0]?.x, line[2]?.x]).toEqual([5, 95]);
    expect(line[1]?.x).toBeGreaterThan(45);
  });
  it('is broken where nothing is known, and marks what is only a bound', () => {
    const { checks } = one('a', [[1, 1, 1, 1], [null, 1, 1, 1], [1, 1, 1, 1], [null, 1, 1, 1]], [0.5, null, null, null]);
    const lines = linesOf(checks, 'dung', frame);
    expect(lines.map((line) => line.map(({ isBound }) => isBound))).toEqual([[false], [false, true]]);
  });
  it('shows small steps near the top, and never leaves a score out below', () => {
    expect(footOf(one('a', [[0.98, 1, 1, 1]]).checks, WORDS)).toBe(0.9);
    expect(footOf(one('a', [[0.62, 1, 1, 1]]).checks, WORDS)).toBe(0.6);
    expect(footOf(one('a', [[0, 1, 1, 1]]).checks, WORDS)).toBe(0);
  });
});

describe('figures', () => {
  it('are never rounded to what reads as better than it is', () => {
    expect([percent(0.99999, 'vi'), percent(0.7856, 'vi'), percent(1, 'en'), percent(0.29, 'en')]).toEqual(['99,9%', '78,5%', '100%', '29%']);
    const [measure] = one('a', [[1, 1, 1, 1]]).measures;
    expect(measure && [valueText(measure, 'vi'), markText(measure, 'vi')]).toEqual(['0,12%', '≤ 0,1%']);
    expect(measure && valueText({ ...measure, value: 0 }, 'vi')).toBe('0%');
    const metres = measure && { ...measure, id: 'positional_accuracy', mark: 0.25 };
    expect(metres && [5.001, 0.3, 0].map((value) => valueText({ ...metres, value }, 'vi'))).toEqual(['5,01', '0,3', '0']);
    expect(metres && markText(metres, 'vi')).toBe('≤ 0,25');
  });
  it('say of a word without a score above what it cannot be, or nothing', () => {
    const { words } = one('a', [[null, 1, null, 1]], [0.5, null, 1, null]);
    expect(words.map((word) => scoreText(word, 'vi'))).toEqual(['≤ 50%', '100%', '?', '100%']);
  });
  it('of half-years begin with the one that runs', () => {
    expect(halfYears(2026, 11, 3)).toEqual(['2026-H2', '2026-H1', '2025-H2']);
    expect(halfYears(2026, 6, 2)).toEqual(['2026-H1', '2025-H2']);
  });
});

describe('findings', () => {
  const { measures } = one('a', [[1, 1, 1, 1]]);
  const answer = {
    features: [
      { geometry: { type: 'Point', coordinates: [106.2, 11.1] }, properties: { measure: 'overlap', title: title('x'), feature: 7, attribute: null, text: title('<b>') } },
      { geometry: { type: 'Point', coordinates: [106.4, 10.9] }, properties: { measure: 'overlap', title: title('x'), feature: 8, attribute: 'name', text: title('y') } },
      { geometry: null, properties: { measure: 'strange', title: title('x'), feature: 9, text: title('z') } },
      { geometry: { type: 'Point', coordinates: [500, 10] }, properties: null },
    ],
  };
  const findings = readFindings(answer, measures);
  it('are dots in the colour of their word where they have a place, and stand in the table where they have none', () => {
    expect(findings).toHaveLength(4);
    expect(asPoints(findings).features.map(({ id, properties }) => [id, properties])).toEqual([[0, { word: 'sach' }], [1, { word: 'sach' }]]);
    expect(boxOf(findings)).toEqual([106.2, 10.9, 106.4, 11.1]);
    expect(boxOf(findings.slice(2))).toBeNull();
    expect(byMeasure(findings, measures).map(({ measure, kept }) => [measure.id, kept])).toEqual([['overlap', 2]]);
  });
  it('have four colours that differ', () => {
    expect(new Set(Object.values(COLOURS)).size).toBe(4);
  });
  it('are refused where they are no list', () => {
    expect(() => readFindings({}, measures)).toThrow(TypeError);
  });
});

it('each text of the drawer is there in both languages, with the same places for values', () => {
  const places = (text: string): string[] => [...text.matchAll(/\{\w+\}/g)].map(String).sort();
  for (const key of Object.keys(QUALITY_WORDS) as Array<keyof typeof QUALITY_WORDS>) {
    for (const language of LANGUAGES) expect(say(language, key).trim()).toBe(say(language, key).normalize('NFC'));
    expect(places(QUALITY_WORDS[key].vi)).toEqual(places(QUALITY_WORDS[key].en));
  }
});

describe('a finding', () => {
  const text = { vi: '-5 nhỏ hơn 0', en: '-5 is less than 0' };
  it('names an attribute as the map does', () => {
    const pupils = attribute('pupil_count', { title: { vi: 'Số học sinh', en: 'Pupils' } });
    expect(whatIsWrong({ attribute: 'pupil_count', text }, [pupils], 'vi')).toBe('Số học sinh: -5 nhỏ hơn 0');
    expect(whatIsWrong({ attribute: 'pupil_count', text }, [pupils], 'en')).toBe('Pupils: -5 is less than 0');
    expect(whatIsWrong({ attribute: 'secret', text }, [pupils], 'en')).toBe('secret: -5 is less than 0');
    expect(whatIsWrong({ attribute: null, text }, [pupils], 'vi')).toBe('-5 nhỏ hơn 0');
  });
  it('turns no sentence of ours round', () => {
    expect(say('vi', 'chosen', { at: 1, all: 2, what: 'a\u202eb' })).toBe('Đang xem phát hiện 1 trong 2: \u2068a\u202eb\u2069');
  });
});
