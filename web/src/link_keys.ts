/** What tools keep in the link under keys of their own, beside what the page says there. Pure text in and out. */

/** Keys of the page itself (`url_state`). */
const PAGE_KEYS: readonly string[] = ['map', 'layers', 'lang', 'tiles', 'tool'];

function parts(hash: string): { key: string; text: string }[] {
  const texts = hash.replace(/^#/, '').split('&').filter((text) => text !== '');
  return texts.map((text) => ({ key: text.split('=')[0] ?? '', text }));
}

/** What stands behind the page's own part: `&key=value` of each tool; nothing where there is none. */
export function partOfTools(hash: string): string {
  return parts(hash).filter(({ key }) => !PAGE_KEYS.includes(key)).map(({ text }) => `&${text}`).join('');
}

/** What the link says under a key; null where it says nothing. */
export function saidInLink(hash: string, key: string): string | null {
  return new URLSearchParams(hash.replace(/^#/, '')).get(key);
}

/** The link with this said under a key; null takes it away. */
export function withSaid(hash: string, key: string, value: string | null): string {
  const kept = parts(hash).filter((part) => part.key !== key).map(({ text }) => text);
  // Commas and colons mean nothing in a fragment, and people can read them.
  const written = value === null ? [] : [`${key}=${encodeURIComponent(value).replace(/%2C/g, ',').replace(/%3A/g, ':')}`];
  return `#${[...kept, ...written].join('&')}`;
}
