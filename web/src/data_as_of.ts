/**
 * For which moment the data on the page stand. A server without its database answers from its last
 * snapshot and says so in a header; this keeps what it last said of each layer. Pure.
 */

const HEADER = 'diaban-data-as-of';

/** Documents that never say it. */
const SILENT = /^\/(catalog|styles|units|quality|aggregates|api|assets)\b/;

/** What an answer is about: its layer, or the kind of the question. */
function subject(path: string): string {
  const [, kind = '', layer] = path.split(/[?#]/)[0]?.split('/') ?? [];
  return layer && (kind === 'collections' || kind === 'tiles') ? `${kind} ${layer}` : kind;
}

/** The list of all layers: what it says holds for each. */
const ALL = 'collections';

export class DataAsOf {
  private readonly said = new Map<string, string>();
  private readonly listeners: Array<() => void> = [];

  /** The oldest moment of what was last answered; null where the answers are of now. */
  get oldest(): string | null {
    const moments = [...this.said.values()];
    return moments.length === 0 ? null : moments.reduce((a, b) => (Date.parse(a) <= Date.parse(b) ? a : b));
  }

  /** Takes what an answer says of itself. */
  note(path: string, headers: { get(name: string): string | null }): void {
    if (SILENT.test(path)) return;
    const before = this.oldest;
    const moment = headers.get(HEADER);
    if (moment !== null && !Number.isNaN(Date.parse(moment))) this.said.set(subject(path), moment);
    else if (subject(path) === ALL) this.said.clear();
    else this.said.delete(subject(path));
    if (this.oldest !== before) for (const listener of this.listeners) listener();
  }

  onChange(listener: () => void): void {
    this.listeners.push(listener);
  }
}

/** Of all answers to this page. */
export const dataAsOf = new DataAsOf();
