/**
 * A map from elsewhere under the layers, where the server's settings name one: who made it, and a switch. Where it
 * does not come, it is put away and said so: the layers do not need it.
 */
import type { ErrorEvent, Map as MapLibre, RasterSourceSpecification, StyleSpecification } from 'maplibre-gl';
import { element } from './dom';
import type { LanguageChoice } from './language';
import type { Notices } from './notices';

/** Its source and its drawing in the style that the server sends. */
export const BASE_MAP = 'base_map';

/** What the style says of it; null where there is none. */
export function baseMapOf({ sources }: Pick<StyleSpecification, 'sources'>): RasterSourceSpecification | null {
  const source = sources[BASE_MAP];
  return source?.type === 'raster' ? source : null;
}

/** Who has to be named, as a text: such words often come as HTML. */
export function attributionText(attribution: string | undefined): string {
  const plain = (attribution ?? '').replace(/<[^>]*>/g, ' ').replace(/&copy;/gi, '©').replace(/&amp;/gi, '&');
  return plain.replace(/\s+/g, ' ').trim().slice(0, 120);
}

export class BaseMapSwitch {
  readonly element = element('label', { class: 'base-map' });
  private readonly box = element('input', { attributes: { type: 'checkbox', id: 'base-map' } });

  /** `remember` keeps in the link whether it is on. */
  constructor(
    private readonly source: RasterSourceSpecification,
    private readonly engine: Promise<MapLibre>,
    private readonly language: LanguageChoice,
    private readonly notices: Notices,
    isOn: boolean,
    private readonly remember: (isOn: boolean) => void,
  ) {
    this.box.checked = isOn;
    this.box.addEventListener('change', () => this.show(this.box.checked));
    void this.engine.then((map) => {
      map.on('error', (event: ErrorEvent & { sourceId?: string }) => {
        if (event.sourceId === BASE_MAP && this.box.checked) this.failed();
      });
    });
    language.onChange(() => this.render());
    this.render();
    if (!isOn) this.draw(false);
  }

  private render(): void {
    const who = attributionText(this.source.attribution);
    const said = this.language.text('baseMap') + (who === '' ? '' : `: ${who}`);
    this.element.replaceChildren(this.box, element('span', { text: said }));
  }

  private draw(isOn: boolean): void {
    void this.engine.then((map) => map.setLayoutProperty(BASE_MAP, 'visibility', isOn ? 'visible' : 'none'));
  }

  /** Shows it or not, as another link says. */
  follow(isOn: boolean): void {
    if (isOn !== this.box.checked) this.show(isOn);
  }

  private show(isOn: boolean): void {
    this.box.checked = isOn;
    this.draw(isOn);
    if (isOn) this.notices.hide('base-map');
    this.remember(isOn);
  }

  private failed(): void {
    this.show(false);
    const host = /^https?:\/\/([^/]+)/.exec(this.source.tiles?.[0] ?? '')?.[1] ?? '';
    this.notices.show('base-map', { text: () => this.language.text('baseMapAway', { host }), retry: () => this.show(true) });
  }
}
