/** What a tool of the page is: a button in the bar, a drawer beside the map, and what it may use of the page. */
import type { Catalog } from '../catalog';
import type { ICONS } from '../dom';
import type { LanguageChoice } from '../language';
import type { MapContent } from '../layers';
import type { ProvinceMap } from '../map';
import type { Notices } from '../notices';
import type { TextKey } from '../texts';

/** The page, as a tool sees it. */
export interface Workbench {
  readonly catalog: Catalog;
  readonly content: MapContent;
  readonly language: LanguageChoice;
  readonly notices: Notices;
  /** Null where the browser cannot draw it; tools go on without. */
  readonly map: ProvinceMap | null;
  /** Holds the map; what a tool lays over the map goes in here. */
  readonly frame: HTMLElement;
  /** Ids of the layers that are on. */
  on(): ReadonlySet<string>;
  /** Switches a layer. */
  toggle(layer: string, on: boolean): void;
  /** What the link says under a key of a tool's own. */
  said(key: string): string | null;
  /** Keeps a text in the link under such a key; null takes it out. */
  say(key: string, text: string | null): void;
  /** Tells of a feature in the panel, and marks it. */
  showFeature(layer: string, id: number | string): void;
  /** CQL2 text of the layers that show a part of their features. */
  filters(): ReadonlyMap<string, string>;
  /** Shows only the features for which a filter (CQL2 text) holds; null for all. */
  setFilter(layer: string, filter: string | null): void;
  /** Calls `watcher` when a layer is switched or filtered. */
  onLayers(watcher: () => void): void;
}

/** One tool. At most one is open. */
export interface Tool {
  /** Names it in the link and in the page: letters. */
  readonly id: string;
  readonly icon: keyof typeof ICONS;
  readonly title: TextKey;
  /** What stands in the drawer; it draws itself anew when the language changes. */
  readonly element: HTMLElement;
  /** It is shown. Clicks on the map are the tool's own where this returns true. */
  open(): boolean;
  /** Where it is there, it says that of each click anew. */
  readonly takesClicks?: boolean;
  /** It is put away; whatever it laid on the map goes, unless it is an answer that one may want to keep. */
  close(): void;
}
