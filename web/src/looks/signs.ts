/**
 * The signs of facilities, out of `styles/icons`: white shapes that stand on a disc of the class's colour; those of places
 * that are areas bring a disc of their own.
 *
 * The page draws them itself, where other clients take the server's sprite. It has the shapes in any case, for its legends
 * on the screen and on paper; they cost 3 KB, and the sprite would be two more requests before the first map is drawn. And
 * the sprite has two pixels to a CSS pixel at most, where a print has more. So it is asked for what the page does not know
 * alone: signs that an operator has put beside ours.
 */
import type { Map as MapLibre } from 'maplibre-gl';
import { spriteImage } from './sprite_image';

/** Width and height of a sign, in CSS pixels. */
export const SIGN_PX = 15;

const FILES = import.meta.glob<string>('../../../styles/icons/*.svg', {
  query: '?raw', import: 'default', eager: true,
});

interface Sign {
  /** SVG path data on a grid of 15 by 15, holes by the even-odd rule. */
  readonly outline: string;
  readonly color: string;
}

const SIGNS: ReadonlyMap<string, Sign> = new Map(
  Object.entries(FILES).map(([file, svg]): [string, Sign] => {
    const said = (name: string): string => new RegExp(` ${name}="([^"]+)"`).exec(svg)?.[1] ?? '';
    return [/([^/]+)\.svg$/.exec(file)?.[1] ?? file, { outline: said('d'), color: said('fill') }];
  }),
);

export function signOutline(name: string): string | null {
  return SIGNS.get(name)?.outline ?? null;
}

/** Gives a map the signs that its drawings ask for: no request is needed for ours. */
export function provideSigns(map: MapLibre): void {
  map.setMissingStyleImageResolver(async (id) => {
    const sign = SIGNS.get(id);
    const other = sign ? null : await spriteImage(id);
    if (map.hasImage(id)) return;
    if (other) map.addImage(id, other.pixels, { pixelRatio: other.pixelRatio, sdf: other.sdf });
    if (!sign) return;
    const scale = Math.min(4, Math.max(2, Math.ceil(map.getPixelRatio())));
    const canvas = document.createElement('canvas');
    [canvas.width, canvas.height] = [SIGN_PX * scale, SIGN_PX * scale];
    const context = canvas.getContext('2d');
    if (!context) return;
    context.scale(scale, scale);
    context.fillStyle = sign.color;
    context.fill(new Path2D(sign.outline), 'evenodd');
    map.addImage(id, context.getImageData(0, 0, canvas.width, canvas.height), { pixelRatio: scale });
  });
}
