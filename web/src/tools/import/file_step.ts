/** The first step: which layer, and which file, dropped or chosen; files that were sent before are offered again. */
import type { Language } from '../../catalog';
import { button, element } from '../../dom';
import { formatNumber } from '../../format';
import type { Workbench } from '../tool';
import { deliveryOf } from './pack';
import type { Allowed, SentFile } from './told';
import { type Word, word } from './words';

const MEGABYTE = 1 << 20;

/** Bytes in the unit that people read them in. */
export function formatSize(bytes: number, language: Language): string {
  if (bytes < MEGABYTE) return `${formatNumber(Math.max(1, Math.round(bytes / 1024)), language)} KB`;
  return `${formatNumber(bytes / MEGABYTE, language, bytes < 10 * MEGABYTE ? 1 : 0)} MB`;
}

/** What keeps files from being sent, known before a byte goes; null where nothing does. */
export function pickTrouble(
  files: ReadonlyArray<{ readonly name: string; readonly size: number }>, max: number,
): ((language: Language, layer: string) => string) | null {
  if (deliveryOf(files.map(({ name }) => name)).kind === 'several') return (language) => word(language, 'several');
  const empty = files.find(({ size }) => size === 0);
  if (empty) return (language) => word(language, 'empty', { name: empty.name });
  const size = files.reduce((sum, file) => sum + file.size, 0);
  const name = files[0]?.name ?? '';
  if (size <= max) return null;
  return (language, layer) =>
    word(language, 'tooLarge', { name, size: formatSize(size, language), max: formatSize(max, language), layer });
}

export interface FileStep {
  readonly page: Workbench;
  readonly layer: string;
  readonly allowed: Allowed | null;
  readonly file: SentFile | null;
  readonly isSending: boolean;
  readonly onLayer: (layer: string) => void;
  readonly onFiles: (files: readonly File[]) => void;
  readonly onStop: () => void;
  readonly onResume: (file: SentFile) => void;
  readonly onRemove: (file: SentFile) => void;
  readonly onAnother: () => void;
}

function layerChoice({ page, layer, file, isSending, onLayer }: FileStep, label: string): HTMLElement {
  const { language } = page;
  const { compare } = new Intl.Collator(language.current);
  const own = page.catalog.layers.filter((one) => one.import === true).map(({ id, title }) => ({ id, title: language.of(title) }));
  const select = element('select', { attributes: { id: 'import-layer' } });
  for (const { id, title } of own.sort((a, b) => compare(a.title, b.title))) select.append(element('option', { text: title, attributes: { value: id } }));
  select.value = layer;
  // A file was sent for one layer.
  select.disabled = file !== null || isSending;
  select.addEventListener('change', () => onLayer(select.value));
  return element('div', { class: 'field' }, element('label', { text: label, attributes: { for: select.id } }), select);
}

function dropZone({ page, allowed, onFiles }: FileStep): HTMLElement {
  const { language } = page;
  const say = (key: Word, values?: Record<string, string | number>): string => word(language.current, key, values);
  const input = element('input', { attributes: { type: 'file', id: 'import-file', multiple: '' } });
  const take = (files: FileList | null | undefined): void => {
    if (files && files.length > 0) onFiles([...files]);
  };
  input.addEventListener('change', () => take(input.files));
  const zone = element(
    'div', { class: 'import-drop' },
    element('label', { text: say('drop'), attributes: { for: input.id } }), input,
    element('p', { class: 'note', text: say('dropHint', { max: formatSize(allowed?.bytesMax ?? 0, language.current) }) }),
  );
  zone.addEventListener('dragover', (event) => {
    event.preventDefault();
    zone.classList.add('over');
  });
  zone.addEventListener('dragleave', () => zone.classList.remove('over'));
  zone.addEventListener('drop', (event) => {
    event.preventDefault();
    zone.classList.remove('over');
    take(event.dataTransfer?.files);
  });
  return zone;
}

function earlier({ page, allowed, onResume, onRemove }: FileStep): HTMLElement | null {
  const { language } = page;
  const files = allowed?.files ?? [];
  if (files.length === 0) return null;
  const row = (file: SentFile): HTMLElement => element(
    'li', { class: 'import-actions' },
    button(word(language.current, 'goOn', { name: file.name, size: formatSize(file.bytes, language.current) }), () => onResume(file), { class: 'import-second' }),
    file.working ? null : button(word(language.current, 'takeAway', { name: file.name }), () => onRemove(file), { class: 'import-second' }),
  );
  return element('div', {}, element('h4', { text: word(language.current, 'earlier') }), element('ul', {}, ...files.map(row)));
}

export function fileStep(of: FileStep): Array<HTMLElement | null> {
  const { page, allowed, file, isSending } = of;
  const { language } = page;
  const say = (key: Word): string => word(language.current, key);
  const choice = layerChoice(of, say('layer'));
  if (isSending) return [choice, button(say('stop'), of.onStop, { class: 'import-second', attributes: { id: 'import-stop' } })];
  if (file) {
    return [
      choice,
      element(
        'div', { class: 'import-actions' }, element('b', { text: `${file.name} (${formatSize(file.bytes, language.current)})` }),
        file.working ? null : button(say('another'), of.onAnother, { class: 'import-second', attributes: { id: 'import-other' } }),
      ),
    ];
  }
  return [choice, element('h3', { text: say('step1') }), allowed?.allowed ? dropZone(of) : null, earlier(of)];
}
