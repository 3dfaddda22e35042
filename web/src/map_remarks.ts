/** What the map's foot says of the data that are shown: that they are of another moment, or not all of them are drawn. */
import { askDataAsOf } from './api';
import { dataAsOf } from './data_as_of';
import { element } from './dom';
import { formatTimestamp } from './format';
import type { LanguageChoice } from './language';
import type { MapContent } from './layers';
import { type ProvinceMap, TILE_CHANNEL } from './map';
import { type TileAnswer, TileRemarks } from './tile_remarks';

/** How often is asked whether data of another moment are of now again. */
const ASKED_EVERY_MS = 60_000;

export class MapRemarks {
  private readonly asOf = element('span', { class: 'data-as-of' });
  private readonly cut = element('span', { class: 'tiles-cut' });
  readonly element = element('span', { class: 'map-remarks', attributes: { role: 'status' } }, this.asOf, this.cut);
  private readonly tiles = new TileRemarks();

  constructor(
    private readonly content: MapContent,
    private readonly language: LanguageChoice,
    private readonly map: ProvinceMap,
    private readonly on: () => ReadonlySet<string>,
  ) {
    this.asOf.hidden = this.cut.hidden = true;
    const channel = new BroadcastChannel(TILE_CHANNEL);
    channel.onmessage = ({ data }: MessageEvent<TileAnswer>) => {
      const { pathname } = new URL(data.url);
      dataAsOf.note(pathname, { get: () => data.asOf });
      if (this.tiles.note(data)) void this.tellCut();
    };
    dataAsOf.onChange(() => this.tellAsOf());
    language.onChange(() => {
      this.tellAsOf();
      void this.tellCut();
    });
    void map.engine().then((engine) => engine.on('idle', () => void this.tellCut()));
    setInterval(() => {
      if (dataAsOf.oldest !== null && !document.hidden) void askDataAsOf().catch(console.warn);
    }, ASKED_EVERY_MS);
  }

  private tellAsOf(): void {
    const moment = dataAsOf.oldest;
    const { language } = this;
    say(this.asOf, moment === null ? '' : language.text('dataAsOf', { moment: formatTimestamp(moment, language.current) }));
  }

  private async tellCut(): Promise<void> {
    const { language, content } = this;
    const engine = await this.map.engine();
    const [west, south, east, north] = engine.getBounds().toArray().flat() as [number, number, number, number];
    const on = this.on();
    const cut = this.tiles.cutIn([west, south, east, north], engine.getZoom(), (layer) =>
      on.has(layer) ? (content.layers.get(layer)?.layer.maxzoom ?? null) : null,
    );
    const titles = cut.map((id) => language.of(content.layers.get(id)?.layer.title ?? { vi: id, en: id })).join('; ');
    say(this.cut, cut.length === 0 ? '' : language.text('tilesCut', { layers: titles }));
  }
}

/** Sets a text where it differs, so that a screen reader does not say it twice. */
function say(node: HTMLElement, text: string): void {
  if (node.textContent !== text) node.textContent = text;
  node.hidden = text === '';
}
