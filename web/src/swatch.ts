/** Draws a legend's swatch. */
import { shape, svg } from './dom';
import type { Legend, Swatch } from './legend';
import { SIGN_PX, signOutline } from './looks/signs';

/** A piece of the map's own colour and shape, 22 by 16 pixels. */
export function swatchImage(swatch: Swatch): SVGSVGElement {
  const sign = swatch.sign === undefined ? null : signOutline(swatch.sign);
  const image = sign === null ? svg('0 0 22 16', mark(swatch)) : svg('0 0 22 16', ...signed(swatch, sign));
  image.classList.add('swatch');
  return image;
}

/** A disc as large as the swatch, and its sign. */
function signed({ color }: Swatch, outline: string): SVGElement[] {
  const scale = 11 / SIGN_PX;
  return [
    shape('circle', { cx: 11, cy: 8, r: 7.8, fill: color }),
    shape('path', { d: outline, fill: '#ffffff', 'fill-rule': 'evenodd', transform: `translate(5.5 2.5) scale(${scale})` }),
  ];
}

function mark({ shape: kind, color, outline, opacity, dashed }: Swatch): SVGElement {
  switch (kind) {
    case 'area':
      return shape('rect', {
        x: 1.5, y: 1.5, width: 19, height: 13, rx: 2, fill: color, 'fill-opacity': Math.max(opacity, 0.35),
        stroke: outline ?? '#8b9794', 'stroke-width': 1.2,
      });
    case 'line':
      return shape('line', {
        x1: 1.5, y1: 8, x2: 20.5, y2: 8, stroke: color, 'stroke-width': 3.5,
        'stroke-linecap': dashed ? 'butt' : 'round', ...(dashed ? { 'stroke-dasharray': '5 2.5' } : {}),
      });
    case 'point':
      return shape('circle', { cx: 11, cy: 8, r: 5.5, fill: color, stroke: '#ffffff', 'stroke-width': 1.5 });
  }
}

/** The most classes that a layer's own swatch hints at. */
const HINTED = 3;

/** A swatch for the layer as a whole: of a layer with classes, a few of their colours side by side. */
export function layerSwatch({ swatches, classes }: Legend): SVGSVGElement | null {
  const first = swatches[0];
  if (!first) return null;
  const step = Math.max(1, Math.floor(classes.length / HINTED));
  const hinted = classes.filter((_, index) => index % step === 0).slice(0, HINTED).map((one) => one.swatch);
  if (hinted.length < 2) return swatchImage(first);
  const width = 19 / hinted.length;
  const marks = hinted.map((one, index) => {
    const x = 1.5 + index * width;
    switch (one.shape) {
      case 'area':
        return shape('rect', { x, y: 1.5, width, height: 13, fill: one.color, 'fill-opacity': Math.max(one.opacity, 0.6) });
      case 'line':
        return shape('line', { x1: x, y1: 8, x2: x + width - 0.8, y2: 8, stroke: one.color, 'stroke-width': 3.5 });
      case 'point':
        return shape('circle', { cx: x + width / 2, cy: 8, r: width / 2 - 0.3, fill: one.color });
    }
  });
  if (first.shape === 'area') {
    marks.push(shape('rect', {
      x: 1.5, y: 1.5, width: 19, height: 13, rx: 2, fill: 'none', stroke: first.outline ?? '#8b9794', 'stroke-width': 1.2,
    }));
  }
  const image = svg('0 0 22 16', ...marks);
  image.classList.add('swatch');
  return image;
}
