/**
 * One style, several looks: themes switch its layers and quieten those that are only there to find one's way; at night
 * its colours are others. A style says both of itself in `metadata`; the server reads it the same way
 * (`../../../src/http/styles/looks.rs`, held together by `tests/data/styles/looks.json`). Pure.
 */
import type { LayerSpecification, StyleSpecification } from 'maplibre-gl';
import type { Title } from '../catalog';
import { type Drawing, type DrawnLayer, LAYER_KEY, type MapContent, metadata } from '../layers';

/** Key in a style's `metadata`: its themes. */
const THEMES_KEY = 'diaban:themes';

/** Key in a drawing's `metadata`: the paint that takes the place of its own, by look. */
const LOOKS_KEY = 'diaban:looks';

export interface Theme {
  readonly id: string;
  readonly title: Title;
  /** Ids of the layers that it is about. */
  readonly layers: readonly string[];
  /** Ids of those that are drawn quietly below them. */
  readonly context: readonly string[];
}

export interface Look {
  /** Id of a theme; null for the style as it is. */
  readonly theme: string | null;
  readonly dark: boolean;
}

type Paint = Readonly<Record<string, unknown>>;

function said(owner: { metadata?: unknown }, key: string): unknown {
  const { metadata: all } = owner;
  return typeof all === 'object' && all !== null ? (all as Record<string, unknown>)[key] : undefined;
}

/** The themes of a style, in its order; none where it names none. */
export function themesOf(style: StyleSpecification): readonly Theme[] {
  const themes = said(style, THEMES_KEY);
  return Array.isArray(themes) ? (themes as Theme[]) : [];
}

/** The themes about something that is there. */
export function themesWith(style: StyleSpecification, layers: ReadonlyMap<string, unknown>): readonly Theme[] {
  return themesOf(style).filter((theme) => theme.layers.some((id) => layers.has(id)));
}

function looksOf(drawing: { metadata?: unknown }): Readonly<Record<string, Paint>> {
  return (said(drawing, LOOKS_KEY) as Record<string, Paint> | undefined) ?? {};
}

function drawnIn(drawing: LayerSpecification, theme: Theme | null, dark: boolean): LayerSpecification {
  const layer = metadata(drawing, LAYER_KEY);
  const muted = layer !== null && theme !== null && theme.context.includes(layer);
  const looks = looksOf(drawing);
  const names = [...(muted ? ['muted'] : []), ...(dark ? ['dark'] : []), ...(muted && dark ? ['muted-dark'] : [])];
  const paint: Paint = Object.assign({}, drawing.paint, ...names.map((name) => looks[name]));
  if (theme === null || layer === null) return { ...drawing, paint } as LayerSpecification;
  const visibility = muted || theme.layers.includes(layer) ? 'visible' : 'none';
  return { ...drawing, paint, layout: { ...drawing.layout, visibility } } as LayerSpecification;
}

/** The style in a look; a theme that it does not have is none. */
export function styleIn(style: StyleSpecification, { theme: id, dark }: Look): StyleSpecification {
  const theme = themesOf(style).find((one) => one.id === id) ?? null;
  return { ...style, layers: style.layers.map((drawing) => drawnIn(drawing, theme, dark)) };
}

/** The properties that differ between a drawing's looks, with what it has of them; undefined for what is not said. */
export function changingPaint(drawing: LayerSpecification): [string, unknown][] {
  const names = new Set(Object.values(looksOf(drawing)).flatMap((paint) => Object.keys(paint)));
  return [...names].map((name) => [name, ((drawing.paint ?? {}) as Paint)[name]]);
}

/** The layers as they are by day, for a legend on paper. */
export function layersByDay({ layers, day }: MapContent): DrawnLayer[] {
  return [...layers.values()].map((drawn) => ({
    ...drawn, drawings: drawn.drawings.map((drawing) => (day.get(drawing.id) as Drawing | undefined) ?? drawing),
  }));
}

/**
 * Drawings of the screen as they go onto paper, which is white: what the night changed is as by day again. What a
 * person changed stays.
 *
 * @param screen drawings of the running map.
 */
export function onPaper(screen: readonly LayerSpecification[], content: MapContent): LayerSpecification[] {
  const drawn = [...content.base, ...[...content.layers.values()].flatMap(({ drawings }) => drawings)];
  const known = new Map(drawn.map((drawing) => [drawing.id, drawing]));
  return screen.map((drawing) => {
    const [own, byDay] = [known.get(drawing.id), content.day.get(drawing.id)];
    if (!own || !byDay) return drawing;
    const paint: Record<string, unknown> = { ...drawing.paint };
    const light = (byDay.paint ?? {}) as Paint;
    for (const [name, value] of changingPaint(own)) {
      if (JSON.stringify(paint[name]) !== JSON.stringify(value)) continue;
      if (light[name] === undefined) delete paint[name];
      else paint[name] = light[name];
    }
    return { ...drawing, paint } as LayerSpecification;
  });
}
