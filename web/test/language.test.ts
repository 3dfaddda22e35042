import { describe, expect, it } from 'vitest';
import { LANGUAGES, chooseLanguage, textIn } from '../src/language';
import { TEXTS, type TextKey } from '../src/texts';
import { WORDS } from '../src/tools/import/words';
import { QUALITY_WORDS } from '../src/tools/quality/words';

const keys = Object.keys(TEXTS) as TextKey[];
const places = (text: string): string[] => [...text.matchAll(/\{\w+\}/g)].map(String).sort();

describe('the page’s texts', () => {
  it.each(keys)('%s is there in both languages, with the same places for values', (key) => {
    for (const language of LANGUAGES) {
      expect(TEXTS[key][language].trim()).not.toBe('');
      expect(TEXTS[key][language]).toBe(TEXTS[key][language].normalize('NFC'));
    }
    expect(places(TEXTS[key].vi)).toEqual(places(TEXTS[key].en));
  });
  it('place tone marks in one way: hòa and tọa, not hoà and toạ', () => {
    const other = /o[áàảãạéèẻẽẹ](?!\p{L})|(?:^|[^q])u[ýỳỷỹỵ](?!\p{L})/iu;
    expect(other.test('toạ độ') && other.test('thuỷ') && !other.test('tọa độ, quý, thoát')).toBe(true);
    const all = { ...TEXTS, ...WORDS, ...QUALITY_WORDS } as Readonly<Record<string, { readonly vi: string }>>;
    expect(Object.values(all).filter(({ vi }) => other.test(vi)).map(({ vi }) => vi)).toEqual([]);
  });
  it('take values as they are, whatever these look like', () => {
    expect(textIn('vi', 'tilesFailed', { layers: '{layers} <b>$&' })).toContain('{layers} <b>$&');
  });
});

it('the link decides the language, then the last visit, then the browser, then it is Vietnamese', () => {
  expect(chooseLanguage('en', 'vi', ['vi'])).toBe('en');
  expect(chooseLanguage('fr', 'en', ['vi'])).toBe('en');
  expect(chooseLanguage(null, null, ['fr-FR', 'en-US', 'vi'])).toBe('en');
  expect(chooseLanguage(null, null, ['fr'])).toBe('vi');
});
