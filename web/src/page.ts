/** The page once the catalog is known: layer list, map and feature panel, kept in step with the link. */
import type { StyleSpecification } from 'maplibre-gl';
import { BaseMapSwitch, baseMapOf } from './base_map';
import { callerKey } from './caller_key';
import { type Catalog, catalogExtent } from './catalog';
import { Readout } from './coordinates/readout';
import { element, icon, iconButton } from './dom';
import { FeaturePanel } from './feature_panel';
import type { Hit } from './hits';
import { type LanguageChoice, isLanguage } from './language';
import { LayerList } from './layer_list';
import { type MapContent, composeContent, initialLayers } from './layers';
import type { LookChoice } from './looks/look_choice';
import { styleIn, themesOf, themesWith } from './looks/looks';
import { type MapListeners, type Pixel, ProvinceMap } from './map';
import { MapRemarks } from './map_remarks';
import type { Notices } from './notices';
import { SearchBox } from './search_box';
import type { TileForm } from './tile_form';
import { Technical } from './technical';
import { ToolBar } from './tools/bar';
import { toolsOf } from './tools';
import { type Position, formatUrlState, parseUrlState } from './url_state';
import type { Degrees } from './vn2000';

/** Up to this width the layer list lies over the map and is closed at first. */
const NARROW = '(max-width: 800px)';

/** Room left around a chosen point. */
const MARGIN_PX = 48;

/** Key of the link. */
const THEME_KEY = 'theme';

export class MapPage {
  /** One for all who hold it; it takes the look that is chosen. */
  private readonly content: { -readonly [Part in keyof MapContent]: MapContent[Part] };
  private readonly list: LayerList;
  private readonly panel: FeaturePanel;
  private readonly map: ProvinceMap | null;
  private readonly frame = element('div', { class: 'map-frame' });
  private readonly readout: Readout;
  private readonly technical: Technical;
  private readonly baseMap: BaseMapSwitch | null;
  private readonly remarks: MapRemarks | null;
  private readonly tools: ToolBar;
  private readonly on: Set<string>;
  private form: TileForm;
  private own: Readonly<Record<string, string>>;
  private readonly failed = new Set<string>();
  /** CQL2 text, by layer. */
  private readonly filters = new Map<string, string>();
  private readonly layerWatchers: Array<() => void> = [];
  /** Tells what stands above the foot how high that is: with the window, the language and what is said of the data. */
  private readonly footHeight = new ResizeObserver(([foot]) => {
    if (foot) this.frame.style.setProperty('--foot', `${(foot.target as HTMLElement).offsetHeight}px`);
  });

  constructor(
    private readonly root: HTMLElement,
    private readonly catalog: Catalog,
    private readonly style: StyleSpecification,
    private readonly language: LanguageChoice,
    private readonly notices: Notices,
    private readonly look: LookChoice,
  ) {
    const said = parseUrlState(location.hash);
    this.own = said.own;
    this.content = this.composed();
    this.form = said.tiles;
    this.readout = new Readout(language);
    this.technical = new Technical(language, this.form, (form) => this.setForm(form));
    this.on = new Set((said.layers ?? initialLayers(this.content)).filter((id) => this.content.layers.has(id)));

    this.list = new LayerList(catalog, this.content, themesWith(style, this.content.layers), language, {
      onToggle: (id, on) => this.toggle(id, on),
      onDefaults: () => this.setLayers(initialLayers(this.content)),
      onAllOff: () => this.setLayers([]),
      onTheme: (theme) => this.setTheme(theme),
      onClose: () => this.openList(false),
    });
    this.panel = new FeaturePanel(this.content, catalog.synthetic, language, {
      onSelect: (geometry) => void this.map?.select(geometry),
      onClose: () => {
        this.root.classList.remove('panel-open');
        this.focusMap();
      },
    });
    this.frame.append(new SearchBox(catalog, language, (hit) => this.goTo(hit), (at) => this.goToPosition(at)).element);
    root.replaceChildren(this.list.element, this.frame, this.panel.element);
    this.list.setTheme(this.theme);
    this.list.setOn(this.on);
    this.openList(!matchMedia(NARROW).matches);

    this.map = this.startMap(style, said.position);
    // Before those of the tools: what the page has followed, they need not put off.
    window.addEventListener('hashchange', ({ newURL }) => this.followLink(newURL));
    this.baseMap = this.startBaseMap(style);
    this.remarks = this.map && new MapRemarks(this.content, language, this.map, () => this.on);
    this.followChanges();
    this.tools = this.startTools();
    this.fillFrame();
    this.tools.show(said.tool);
    language.onChange(() => {
      this.fillFrame();
      this.remember();
    });
    look.onChange(() => this.redraw());
    this.remember();
  }

  private startMap(style: StyleSpecification, position: Position | null): ProvinceMap | null {
    const container = element('div', { class: 'map', attributes: { id: 'map' } });
    this.frame.append(container);
    const map = this.mapIn(container, style, position);
    if (!map) {
      container.remove();
      return null;
    }
    for (const id of this.on) void map.toggle(id, true);
    this.list.setZoom(map.position().zoom);
    this.readout.setCentre(map.position());
    return map;
  }

  /** The map; null where the browser cannot draw one, which is told. To try it beforehand would cost a second context. */
  private mapIn(container: HTMLElement, style: StyleSpecification, position: Position | null): ProvinceMap | null {
    const listeners: MapListeners = {
      onPick: (found, pixel) => {
        if (this.tools.takesClicks) return;
        this.root.classList.add('panel-open');
        this.panel.show(found);
        this.uncover(pixel);
      },
      onMove: (position) => {
        this.list.setZoom(position.zoom);
        this.readout.setCentre(position);
        this.remember();
      },
      onPointer: (at) => this.readout.setPointer(at),
      onLayerFailed: (id, status) => this.layerFailed(id, status),
      onContextLost: () => this.notices.show('webgl', { text: () => this.language.text('webglLost'), retryText: () => this.language.text('reload'), retry: () => location.reload() }),
    };
    try {
      return new ProvinceMap(container, this.content, style.sources, catalogExtent(this.catalog), position, this.form, listeners);
    } catch (error) {
      console.warn(error);
      this.notices.show('webgl', { text: () => this.language.text('webglMissing') });
      return null;
    }
  }

  private startBaseMap(style: StyleSpecification): BaseMapSwitch | null {
    const source = baseMapOf(style);
    if (!source || !this.map) return null;
    const isOn = this.own['base'] !== '0';
    return new BaseMapSwitch(source, this.map.engine(), this.language, this.notices, isOn, (on) => this.say('base', on ? null : '0'));
  }

  /** Keeps a text in the link under a key that is not the page's own; null takes it out. */
  private say(key: string, text: string | null): void {
    const { [key]: _last, ...others } = parseUrlState(location.hash).own;
    this.own = text === null ? others : { ...others, [key]: text };
    this.remember();
  }

  private startTools(): ToolBar {
    const tools = toolsOf({
      catalog: this.catalog, content: this.content, language: this.language, notices: this.notices, map: this.map, frame: this.frame,
      on: () => this.on,
      toggle: (layer, on) => {
        if (this.on.has(layer) !== on) this.toggle(layer, on);
      },
      said: (key) => parseUrlState(location.hash).own[key] ?? null,
      say: (key, text) => this.say(key, text),
      showFeature: (layer, id) => this.showFeature({ layer, id }),
      filters: () => this.filters,
      setFilter: (layer, filter) => this.setFilter(layer, filter),
      onLayers: (watcher) => void this.layerWatchers.push(watcher),
    });
    const bar = new ToolBar(tools, this.language, () => this.remember());
    this.frame.append(bar.bar);
    this.panel.element.before(bar.drawer);
    return bar;
  }

  /** Edits appear on the map as they are made; without that it goes on all the same. */
  private followChanges(): void {
    const { map, content } = this;
    if (!map) return;
    const live = import('./live/changes');
    void live.then(({ LiveChanges }) => new LiveChanges(map.engines, [...content.layers.keys()])).catch(console.warn);
  }

  /** Buttons and lines of text on the map, in the chosen language. */
  private fillFrame(): void {
    const { language, map } = this;
    for (const old of this.frame.querySelectorAll('.map-buttons, .map-foot, .open-list')) old.remove();
    this.frame.append(
      element(
        'button',
        {
          class: 'icon-button open-list', onClick: () => this.openList(true),
          attributes: { type: 'button', title: language.text('showLayers'), 'aria-controls': 'layers' },
        },
        icon('stack'),
        element('span', { text: language.text('layers') }),
      ),
    );
    if (!map) return;
    map.describe(language.text('mapLabel'));
    const foot = element(
      'div', { class: 'map-foot' },
      this.readout.element,
      this.baseMap?.element ?? null,
      this.remarks?.element ?? null,
      element('span', { text: language.text(this.catalog.synthetic ? 'sourceSynthetic' : 'source') }),
      this.technical.element,
    );
    this.footHeight.disconnect();
    this.footHeight.observe(foot);
    this.frame.append(
      element(
        'div', { class: 'map-buttons' },
        iconButton(icon('plus'), language.text('zoomIn'), () => map.zoomBy(1), 'icon-button'),
        iconButton(icon('minus'), language.text('zoomOut'), () => map.zoomBy(-1), 'icon-button'),
        iconButton(icon('whole'), language.text('wholeProvince'), () => map.showWhole(), 'icon-button'),
      ),
      foot,
    );
  }

  /** Shows what was found: a unit on the map, a feature with what is known of it. */
  private goTo({ bounds, feature }: Hit): void {
    if (!bounds) return;
    this.map?.showBox(bounds);
    if (!feature || !this.content.layers.has(feature.layer)) {
      const [west, south, east, north] = bounds;
      const ring = [[west, south], [east, south], [east, north], [west, north], [west, south]];
      void this.map?.select({ type: 'LineString', coordinates: ring });
      this.focusMap();
      return;
    }
    if (!this.on.has(feature.layer)) this.toggle(feature.layer, true);
    this.showFeature(feature, { type: 'Point', coordinates: [(bounds[0] + bounds[2]) / 2, (bounds[1] + bounds[3]) / 2] });
  }

  /** Marks a position on the map. */
  private goToPosition({ longitude, latitude }: Degrees): void {
    this.map?.showBox([longitude, latitude, longitude, latitude]);
    void this.map?.select({ type: 'Point', coordinates: [longitude, latitude] });
    this.focusMap();
  }

  /** What had the focus is gone: the keyboard goes on with the map. */
  private focusMap(): void {
    this.frame.querySelector<HTMLElement>('canvas')?.focus({ preventScroll: true });
  }

  /** Tells of a feature in the panel; what is not known of it yet comes from the server. */
  private showFeature(
    feature: { layer: string; id: number | string },
    geometry: GeoJSON.Geometry = { type: 'GeometryCollection', geometries: [] },
  ): void {
    this.root.classList.add('panel-open');
    this.panel.show([{ ...feature, properties: {}, geometry }]);
  }

  /** Moves the map where the panel has come to lie over the chosen point. */
  private uncover({ x, y }: Pixel): void {
    const map = this.frame.getBoundingClientRect();
    const panel = this.panel.element.getBoundingClientRect();
    const below = panel.width >= map.width;
    const over = below ? map.top + y + MARGIN_PX - panel.top : map.left + x + MARGIN_PX - panel.left;
    if (over > 0) this.map?.moveBy(below ? { x: 0, y: over } : { x: over, y: 0 });
  }

  private openList(open: boolean): void {
    const held = document.activeElement;
    const opener = this.frame.querySelector<HTMLElement>('.open-list');
    this.root.classList.toggle('list-open', open);
    // The button that was pressed is gone: the keyboard goes on where its work is done, or undone.
    if (open && (held === opener || matchMedia(NARROW).matches)) this.list.focus();
    if (!open && this.list.element.contains(held)) opener?.focus();
  }

  private toggle(id: string, on: boolean): void {
    if (on) this.on.add(id);
    else this.on.delete(id);
    if (this.failed.delete(id)) this.tellFailed();
    void this.map?.toggle(id, on);
    this.list.setOn(this.on);
    this.remember();
    for (const watcher of this.layerWatchers) watcher();
  }

  private setFilter(id: string, filter: string | null): void {
    if (filter === null) this.filters.delete(id);
    else this.filters.set(id, filter);
    this.map?.setFilter(id, filter);
    this.list.setFiltered(new Set(this.filters.keys()));
    for (const watcher of this.layerWatchers) watcher();
  }

  private setForm(form: TileForm): void {
    this.form = form;
    this.technical.setForm(form);
    this.failed.clear();
    this.tellFailed();
    void this.map?.setForm(form);
    this.remember();
  }

  private setLayers(ids: readonly string[]): void {
    const wanted = new Set(ids);
    for (const id of this.content.layers.keys()) {
      if (wanted.has(id) !== this.on.has(id)) this.toggle(id, wanted.has(id));
    }
  }

  private layerFailed(id: string, status: number | null): void {
    if (status === 401) {
      callerKey.refused(null);
      return;
    }
    if (status === null) {
      this.notices.show('away', { text: () => this.language.text('serverAway'), retry: () => this.retry() });
      return;
    }
    this.failed.add(id);
    this.tellFailed();
  }

  private tellFailed(): void {
    if (this.failed.size === 0) {
      this.notices.hide('tiles');
      return;
    }
    const titles = (): string =>
      [...this.failed].map((id) => this.language.of(this.content.layers.get(id)?.layer.title ?? { vi: id, en: id })).join('; ');
    this.notices.show('tiles', {
      text: () => this.language.text('tilesFailed', { layers: titles() }),
      retry: () => this.retry(),
    });
  }

  private retry(): void {
    this.failed.clear();
    this.notices.hide('tiles');
    this.notices.hide('away');
    this.map?.retryFailed();
  }

  /** Puts the present view into the link. */
  private remember(): void {
    const position = this.map?.position() ?? null;
    const layers = [...this.content.layers.keys()].filter((id) => this.on.has(id));
    const [tool, tiles] = [this.tools?.open ?? null, this.form];
    const hash = formatUrlState({ position, layers, language: this.language.current, tiles, tool, own: this.own });
    if (hash !== location.hash) history.replaceState(null, '', hash);
  }

  /** Id of the theme that the link names. */
  private get theme(): string | null {
    return themesOf(this.style).find(({ id }) => id === this.own[THEME_KEY])?.id ?? null;
  }

  private composed(): MapContent {
    const { theme, style } = this;
    const byDay = styleIn(style, { theme, dark: false });
    return composeContent(this.catalog, this.look.dark ? styleIn(style, { theme, dark: true }) : byDay, byDay);
  }

  /** Shows map and legends in the look that is chosen. */
  private redraw(): void {
    Object.assign(this.content, this.composed());
    void this.map?.repaint();
    this.list.setTheme(this.theme);
    for (const watcher of this.layerWatchers) watcher();
  }

  private setTheme(theme: string | null): void {
    // Before all else: tools that follow the drawings keep in the link what stands there.
    this.say(THEME_KEY, theme);
    this.redraw();
    this.setLayers(initialLayers(this.content));
    this.remember();
  }

  /** Someone put another link into the address line. */
  private followLink(link: string): void {
    // A map that comes to rest before this is told may have put the view before into the address again.
    if (link !== '' && link !== location.href) history.replaceState(null, '', link);
    const said = parseUrlState(location.hash);
    const { theme } = this;
    this.own = said.own;
    if (this.theme !== theme) this.redraw();
    if (this.theme !== theme && !said.layers) this.setLayers(initialLayers(this.content));
    if (isLanguage(said.language)) this.language.set(said.language);
    if (said.tiles !== this.form) this.setForm(said.tiles);
    this.baseMap?.follow(this.own['base'] !== '0');
    if (said.layers) this.setLayers(said.layers);
    if (said.position) this.map?.moveTo(said.position);
    this.tools.show(said.tool);
  }
}
