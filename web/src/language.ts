/**
 * The language of the page: which one is chosen, how it is remembered, and texts in it.
 * Views redraw themselves when it changes.
 */
import type { Language, Title } from './catalog';
import { isolated } from './isolated';
import { TEXTS, type TextKey } from './texts';

export const LANGUAGES: readonly Language[] = ['vi', 'en'];

const STORAGE_KEY = 'diaban.language';

export function isLanguage(value: unknown): value is Language {
  return value === 'vi' || value === 'en';
}

/** The link's language, else the remembered one, else the browser's first that we have, else Vietnamese. */
export function chooseLanguage(
  fromLink: string | null,
  remembered: string | null,
  preferred: readonly string[],
): Language {
  if (isLanguage(fromLink)) return fromLink;
  if (isLanguage(remembered)) return remembered;
  return preferred.map((tag) => tag.slice(0, 2).toLowerCase()).find(isLanguage) ?? 'vi';
}

/** The text `key` in `language`, with `{name}` replaced by `values.name`. */
export function textIn(language: Language, key: TextKey, values: Record<string, string | number> = {}): string {
  return TEXTS[key][language].replace(/\{(\w+)\}/g, (all, name: string) => isolated(String(values[name] ?? all)));
}

/** The chosen language, and who wants to know when it changes. */
export class LanguageChoice {
  private readonly listeners: Array<(language: Language) => void> = [];

  constructor(private chosen: Language) {}

  get current(): Language {
    return this.chosen;
  }

  set(language: Language): void {
    if (language === this.chosen) return;
    this.chosen = language;
    remember(language);
    for (const listener of this.listeners) listener(language);
  }

  onChange(listener: (language: Language) => void): void {
    this.listeners.push(listener);
  }

  text(key: TextKey, values?: Record<string, string | number>): string {
    return textIn(this.chosen, key, values);
  }

  of(title: Title): string {
    return title[this.chosen];
  }
}

/** The language of the last visit; none where the browser keeps nothing. */
export function rememberedLanguage(): string | null {
  try {
    return localStorage.getItem(STORAGE_KEY);
  } catch {
    return null;
  }
}

function remember(language: Language): void {
  try {
    localStorage.setItem(STORAGE_KEY, language);
  } catch {
    // The browser forbids it; the link still carries the language.
  }
}
