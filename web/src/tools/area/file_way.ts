/** An area as a file: dropped or chosen. What the server would refuse for its size is told before it is sent. */
import { formatMeridian } from '../../coordinates/written';
import { element, replaceContent } from '../../dom';
import type { LanguageChoice } from '../../language';
import { formatBytes } from './figures';
import { FILE_MAX, fileTrouble } from './question';
import { OWN_PLANE, PLANES } from './planes';
import { type Asked, type Way, askButton, field } from './way';

export class FileWay implements Way {
  readonly element = element('div', { class: 'area-way' });
  private readonly input = element('input', {
    attributes: { type: 'file', id: 'area-file', accept: '.geojson,.json,.kml,.kmz,.zip,.gpkg,.dxf' },
  });
  private readonly system = element('select', { attributes: { id: 'area-file-system' } });
  private readonly zone = element('div', { class: 'area-drop' });
  private readonly told = element('div', { attributes: { 'aria-live': 'polite' } });
  private file: File | null = null;
  private several = false;

  constructor(
    private readonly language: LanguageChoice,
    private readonly asked: Asked,
  ) {
    this.input.addEventListener('change', () => {
      this.take(this.input.files);
      // A file of the same name, corrected since, is a choice only where none stands there.
      this.input.value = '';
    });
    this.zone.addEventListener('dragover', (event) => {
      event.preventDefault();
      this.zone.classList.add('over');
    });
    this.zone.addEventListener('dragleave', () => this.zone.classList.remove('over'));
    this.zone.addEventListener('drop', (event) => {
      event.preventDefault();
      this.zone.classList.remove('over');
      this.take(event.dataTransfer?.files ?? null);
    });
  }

  start(): void {
    this.asked.onShape(null, false);
  }

  stop(): void {}

  render(): void {
    const { language } = this;
    const chosen = this.system.value;
    const own = element('option', { text: language.text('areaFileSystemOwn'), attributes: { value: '' } });
    const planes = PLANES.map((plane) => {
      const name = language.text('areaCornersPlaneName', { meridian: formatMeridian(plane.meridian), zone: plane.zone });
      return element('option', { text: `VN-2000 ${name}`, attributes: { value: `EPSG:${plane.code}` } });
    });
    const degrees = element('option', { text: 'WGS 84', attributes: { value: 'EPSG:4326' } });
    replaceContent(this.system, own, degrees, ...planes);
    this.system.value = chosen || (this.file && this.isDxf(this.file) ? `EPSG:${OWN_PLANE}` : '');
    replaceContent(
      this.zone,
      element('label', { text: language.text('areaFileDrop'), attributes: { for: this.input.id } }),
      this.input,
      element('p', { class: 'area-hint', text: language.text('areaFileHint', { max: formatBytes(FILE_MAX, language.current) }) }),
    );
    replaceContent(this.element, this.zone, field(language.text('areaFileSystem'), this.system), this.told);
    this.tell();
  }

  private isDxf(file: File): boolean {
    return /\.dxf$/i.test(file.name);
  }

  /** Takes what was dropped or chosen, and asks at once unless the server would refuse it. */
  take(files: FileList | null): void {
    const file = files?.[0];
    if (!file) return;
    this.file = file;
    this.several = (files?.length ?? 0) > 1;
    // A drawing never says its system.
    if (this.isDxf(file) && this.system.value === '') this.system.value = `EPSG:${OWN_PLANE}`;
    this.tell();
    if (fileTrouble(file.size) === null) this.ask();
  }

  private tell(): void {
    const { language, file } = this;
    const trouble = file ? fileTrouble(file.size) : null;
    const values = file
      ? { name: file.name, size: formatBytes(file.size, language.current), max: formatBytes(FILE_MAX, language.current) } : {};
    replaceContent(
      this.told,
      file && trouble === null ? element('p', { class: 'area-understood', text: language.text('areaFileChosen', values) }) : null,
      trouble ? element('p', { class: 'area-trouble', text: language.text(trouble, values) }) : null,
      this.several ? element('p', { class: 'area-notes', text: language.text('areaFileOne') }) : null,
      file && trouble === null ? element('div', { class: 'area-actions' }, askButton(language, () => this.ask())) : null,
    );
  }

  private ask(): void {
    if (this.file) this.asked.onSubject({ kind: 'file', file: this.file, system: this.system.value || null });
  }
}
