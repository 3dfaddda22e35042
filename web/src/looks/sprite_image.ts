/** Pictures out of the server's sprite (MapLibre Style Specification), which is fetched when the first of them is wanted. */
import { ask } from '../api';

/** The one for screens of two pixels to a CSS pixel. */
const SPRITE = '/sprites/diaban@2x';

export interface SpriteImage {
  readonly pixels: ImageData;
  readonly pixelRatio: number;
  /** Whether it is a distance field, which takes any colour. */
  readonly sdf: boolean;
}

export interface Place {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly pixelRatio: number;
  readonly sdf: boolean;
}

interface Sprite {
  readonly index: unknown;
  readonly sheet: ImageBitmap;
}

let sprite: Promise<Sprite> | null = null;

async function load(): Promise<Sprite> {
  const [index, picture] = await Promise.all([ask(`${SPRITE}.json`), ask(`${SPRITE}.png`)]);
  return { index: await index.json(), sheet: await createImageBitmap(await picture.blob()) };
}

/** Where a picture stands in the sheet, by an index that somebody else has made; null where it has none of that name. */
export function placeOf(index: unknown, name: string, sheet: { readonly width: number; readonly height: number }): Place | null {
  if (typeof index !== 'object' || index === null || !Object.hasOwn(index, name)) return null;
  const said = (index as Record<string, unknown>)[name];
  if (typeof said !== 'object' || said === null) return null;
  const { x, y, width, height, pixelRatio, sdf } = said as Record<string, unknown>;
  const whole = [x, y, width, height].every((one) => Number.isInteger(one) && (one as number) >= 0);
  const place = { x, y, width, height, pixelRatio: typeof pixelRatio === 'number' && pixelRatio > 0 ? pixelRatio : 1, sdf: sdf === true } as Place;
  const fits = whole && place.width > 0 && place.height > 0 && place.x + place.width <= sheet.width && place.y + place.height <= sheet.height;
  return fits ? place : null;
}

/** The picture of this name; null where the server has none, or does not answer: a map with one mark less is drawn. */
export async function spriteImage(name: string): Promise<SpriteImage | null> {
  try {
    sprite ??= load();
    const { index, sheet } = await sprite;
    const place = placeOf(index, name, sheet);
    const context = document.createElement('canvas').getContext('2d');
    if (!place || !context) return null;
    [context.canvas.width, context.canvas.height] = [place.width, place.height];
    context.drawImage(sheet, -place.x, -place.y);
    const pixels = context.getImageData(0, 0, place.width, place.height);
    return { pixels, pixelRatio: place.pixelRatio, sdf: place.sdf };
  } catch (error) {
    console.warn(error);
    sprite = null;
    return null;
  }
}
