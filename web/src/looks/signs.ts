/** The signs of facilities, out of `styles/icons`: white shapes that stand on a disc of the class's colour. */
import type { Map as MapLibre } from 'maplibre-gl';

/** Width and height of a sign, in CSS pixels. */
export const SIGN_PX = 15;

const FILES = import.meta.glob<string>('../../../styles/icons/*.svg', {
  query: '?raw', import: 'default', eager: true,
});

/** Outlines by name: SVG path data on a grid of 15 by 15, holes by the even-odd rule. */
const OUTLINES: ReadonlyMap<string, string> = new Map(
  Object.entries(FILES).map(([file, svg]) => [/([^/]+)\.svg$/.exec(file)?.[1] ?? file, / d="([^"]+)"/.exec(svg)?.[1] ?? '']),
);

export function signOutline(name: string): string | null {
  return OUTLINES.get(name) ?? null;
}

/** Gives a map the signs that its drawings ask for: no request is needed for them. */
export function provideSigns(map: MapLibre): void {
  map.on('styleimagemissing', ({ id }: { id: string }) => {
    const outline = signOutline(id);
    if (outline === null || map.hasImage(id)) return;
    const scale = Math.min(4, Math.max(2, Math.ceil(map.getPixelRatio())));
    const canvas = document.createElement('canvas');
    [canvas.width, canvas.height] = [SIGN_PX * scale, SIGN_PX * scale];
    const context = canvas.getContext('2d');
    if (!context) return;
    context.scale(scale, scale);
    context.fillStyle = '#ffffff';
    context.fill(new Path2D(outline), 'evenodd');
    map.addImage(id, context.getImageData(0, 0, canvas.width, canvas.height), { pixelRatio: scale });
  });
}
