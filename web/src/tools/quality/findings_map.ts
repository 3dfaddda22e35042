/** Findings as dots on the map, coloured by word. It drives MapLibre, and knows nothing of the drawer. */
import type { ExpressionSpecification, GeoJSONSource, LayerSpecification, Map as MapLibre, MapMouseEvent, MapTouchEvent } from 'maplibre-gl';
import type { Extent } from '../../catalog';
import type { ProvinceMap } from '../../map';
import { COLOURS, type Finding, asPoints, boxOf } from './findings';
import { WORDS } from './scores';

/** Source of the dots, and the id of their drawing. */
export const FINDINGS = 'diaban/findings';

/** Room around what the map goes to, in CSS pixels; the closest zoom, at which what lies around is still known. */
const ROOM_PX = 24;
const CLOSEST = 17;

/** How far from a dot a finger or pointer still means it, in CSS pixels. */
const REACH_PX = 6;

const COLOUR = ['match', ['get', 'word'], ...WORDS.flatMap((word) => [word, COLOURS[word]]), '#333333'] as unknown as ExpressionSpecification;

const DOTS: LayerSpecification = {
  id: FINDINGS, type: 'circle', source: FINDINGS,
  paint: {
    'circle-radius': ['interpolate', ['linear'], ['zoom'], 7, 3, 12, 5, 17, 8], 'circle-color': COLOUR,
    'circle-stroke-color': '#ffffff', 'circle-stroke-width': 1.5,
  },
};

export class FindingsOnMap {
  private engine: MapLibre | null = null;
  private shown: readonly Finding[] = [];
  private chosen: Finding | null = null;
  /** The dot under the pointer that has just been pressed. */
  private pressed: number | null = null;
  private readonly press = (event: MapMouseEvent | MapTouchEvent): void => void (this.pressed = this.at(event));
  private readonly click = (): void => {
    const finding = this.shown.find(({ number }) => number === this.pressed);
    this.release();
    if (finding) this.onChoose(finding);
  };
  /** What was pressed is over: a key asks the map about its middle, and not about the dot before. */
  private readonly release = (): void => void (this.pressed = null);

  constructor(
    private readonly map: ProvinceMap | null,
    private readonly onChoose: (finding: Finding) => void,
    /** How much of the map's foot the drawer lies over, in CSS pixels. */
    private readonly covered: () => number,
  ) {}

  /** Whether the press that the map is told of is on a dot. */
  get takesClick(): boolean {
    return this.pressed !== null;
  }

  /** Lays dots in the place of those that are there. */
  async show(findings: readonly Finding[]): Promise<void> {
    this.shown = findings;
    const engine = (this.engine ??= (await this.map?.engine()) ?? null);
    // Others may have been asked for while the map was not ready.
    if (!engine || this.shown !== findings) return;
    const data = asPoints(findings);
    const source = engine.getSource<GeoJSONSource>(FINDINGS);
    if (source) {
      source.setData(data);
      return;
    }
    engine.addSource(FINDINGS, { type: 'geojson', data });
    engine.addLayer(DOTS);
    engine.on('mousedown', this.press);
    engine.on('touchstart', this.press);
    engine.on('dragstart', this.release);
    // Behind the map's own, which asks whose the click is.
    engine.on('click', this.click);
  }

  /** Goes to a finding, and rings it. */
  choose(finding: Finding): void {
    this.chosen = finding;
    if (!finding.place) {
      void this.map?.select(null);
      return;
    }
    const [longitude, latitude] = finding.place;
    this.goTo([longitude, latitude, longitude, latitude]);
    void this.map?.select({ type: 'Point', coordinates: [longitude, latitude] });
  }

  /** Brings all dots into sight. */
  showAll(): void {
    const box = boxOf(this.shown);
    if (box) this.goTo(box);
  }

  /** Whether any dot is in sight; true where there is nothing to see. */
  async someInSight(): Promise<boolean> {
    const bounds = (await this.map?.engine())?.getBounds();
    return !bounds || boxOf(this.shown) === null || this.shown.some(({ place }) => place && bounds.contains([place[0], place[1]]));
  }

  /** Takes all of it off the map. */
  clear(): void {
    this.shown = [];
    this.pressed = null;
    if (this.chosen) void this.map?.select(null);
    this.chosen = null;
    const { engine } = this;
    if (!engine?.getSource(FINDINGS)) return;
    engine.off('mousedown', this.press);
    engine.off('touchstart', this.press);
    engine.off('dragstart', this.release);
    engine.off('click', this.click);
    engine.removeLayer(FINDINGS);
    engine.removeSource(FINDINGS);
  }

  /** Brings a box into the part of the map that can be seen. */
  private goTo([west, south, east, north]: Extent): void {
    const padding = { top: ROOM_PX, left: ROOM_PX, right: ROOM_PX, bottom: ROOM_PX + this.covered() };
    this.engine?.fitBounds([west, south, east, north], { padding, maxZoom: CLOSEST });
  }

  private at({ point: { x, y } }: MapMouseEvent | MapTouchEvent): number | null {
    if (!this.engine?.getLayer(FINDINGS)) return null;
    const reach: [[number, number], [number, number]] = [[x - REACH_PX, y - REACH_PX], [x + REACH_PX, y + REACH_PX]];
    const [found] = this.engine.queryRenderedFeatures(reach, { layers: [FINDINGS] });
    return typeof found?.id === 'number' ? found.id : null;
  }
}
