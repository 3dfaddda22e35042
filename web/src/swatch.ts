/** Draws a legend's swatch. */
import { shape, svg } from './dom';
import type { Swatch } from './legend';

/** A piece of the map's own colour and shape, 22 by 16 pixels. */
export function swatchImage(swatch: Swatch): SVGSVGElement {
  const image = svg('0 0 22 16', mark(swatch));
  image.classList.add('swatch');
  return image;
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
