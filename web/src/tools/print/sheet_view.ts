/** The sheet as it will lie on the desk, in millimetres. Names in the data are strangers' words and are set as text. */
import type { Extent, Language } from '../../catalog';
import { element, shape, svg } from '../../dom';
import { formatNumber, formatPosition } from '../../format';
import { textIn } from '../../language';
import type { LegendClass } from '../../legend';
import { layerSwatch, swatchImage } from '../../swatch';
import type { LegendEntry } from './paper_legend';
import { GAP_MM, MARGIN_MM, type Sheet, type Size, formatScale, headMm, scaleBar } from './sheet';

export interface SheetContent {
  readonly sheet: Sheet;
  readonly title: string;
  readonly scale: number;
  readonly extent: Extent;
  /** Address of the map's picture. */
  readonly picture: string;
  readonly legend: readonly LegendEntry[];
  readonly synthetic: boolean;
  readonly source: string;
  /** For when the data stand. */
  readonly asOf: string;
  readonly printed: string;
}

function sized(node: HTMLElement, { width, height }: Size): HTMLElement {
  node.style.width = `${width}mm`;
  node.style.height = `${height}mm`;
  return node;
}

function northArrow(language: Language): HTMLElement {
  const arrow = svg(
    '0 0 20 26',
    shape('path', { d: 'M10 1 17 24 10 19z', fill: '#1b1b1b' }),
    shape('path', { d: 'M10 1 3 24 10 19z', fill: '#ffffff', stroke: '#1b1b1b', 'stroke-width': 0.8 }),
  );
  return element(
    'div', { class: 'sheet-north', attributes: { title: textIn(language, 'printNorthLabel') } },
    element('b', { text: textIn(language, 'printNorth') }), arrow,
  );
}

function bar(scale: number, most: number, language: Language): HTMLElement {
  const { metres, mm, parts } = scaleBar(scale, most);
  const kilometres = metres >= 1000;
  const unit = kilometres ? 'km' : 'm';
  const written = (part: number): string => formatNumber((metres * part) / parts / (kilometres ? 1000 : 1), language);
  const cells = Array.from({ length: parts }, (_, index) => element('i', { class: index % 2 === 0 ? 'dark' : 'light' }));
  const steps = element('div', { class: 'sheet-bar' }, ...cells);
  steps.style.width = `${mm}mm`;
  const labels = element(
    'div', { class: 'sheet-bar-labels' },
    element('span', { text: '0' }), parts % 2 === 0 ? element('span', { text: written(parts / 2) }) : null,
    element('span', { text: `${written(parts)} ${unit}` }),
  );
  labels.style.width = `${mm}mm`;
  return element('div', { class: 'sheet-scale-bar' }, steps, labels);
}

function legendClass({ swatch, codes, title }: LegendClass, language: Language): HTMLElement {
  const text = title[language];
  const named = codes.length > 0 && text === codes.join(', ');
  return element(
    'li', { class: 'sheet-class' },
    swatchImage(swatch),
    element(
      'span', {},
      codes.length > 0 ? element('b', { text: codes.join(', ') }) : null,
      named ? null : element('span', { text: codes.length > 0 ? ` ${text}` : text }),
    ),
  );
}

function legend(entries: readonly LegendEntry[], language: Language): HTMLElement {
  const items: HTMLElement[] = [];
  for (const { title, legend: of } of entries) {
    const many = of.classes.length > 0;
    items.push(element(
      'li', { class: many ? 'sheet-layer titled' : 'sheet-layer' },
      many ? null : layerSwatch(of), element('span', { text: title[language] }),
    ));
    items.push(...of.classes.map((one) => legendClass(one, language)));
  }
  if (items.length === 0) items.push(element('li', { text: textIn(language, 'printNoLayers') }));
  return element(
    'div', { class: 'sheet-legend' },
    element('h3', { text: textIn(language, 'printLegend') }), element('ul', {}, ...items),
  );
}

function corners([west, south, east, north]: Extent, language: Language): HTMLElement[] {
  const at = (corner: string, longitude: number, latitude: number): HTMLElement =>
    element('span', { class: `sheet-corner ${corner}`, text: formatPosition(longitude, latitude, language) });
  return [at('nw', west, north), at('ne', east, north), at('sw', west, south), at('se', east, south)];
}

function about(content: SheetContent, language: Language): HTMLElement {
  const { sheet, scale } = content;
  const wide = sheet.paper === 'a3' ? 70 : 50;
  return element(
    'div', { class: 'sheet-about' },
    element(
      'div', { class: 'sheet-scale' },
      northArrow(language),
      element(
        'div', {},
        element('p', { class: 'sheet-ratio', text: textIn(language, 'printScaleOf', { scale: formatScale(scale) }) }),
        bar(scale, wide - 8, language),
      ),
    ),
    element('p', { text: content.source }),
    element('p', { text: content.asOf }),
    element('p', { text: textIn(language, 'printCorners') }),
  );
}

/** Builds the sheet; `fitLegend` comes when it has been laid out. */
export function sheetView(content: SheetContent, language: Language): HTMLElement {
  const { sheet } = content;
  const head = element(
    'div', { class: 'sheet-head' },
    element('div', { class: 'sheet-title', text: content.title }),
    content.synthetic ? element('div', { class: 'sheet-synthetic', text: textIn(language, 'synthetic') }) : null,
  );
  head.style.height = `${headMm(sheet.paper)}mm`;
  const map = element(
    'div', { class: 'sheet-map' },
    element('img', { attributes: { src: content.picture, alt: '' } }), ...corners(content.extent, language),
  );
  const side = element('div', { class: 'sheet-side' }, about(content, language), legend(content.legend, language));
  const parts = element('div', { class: 'sheet-parts' }, sized(map, sheet.map), sized(side, sheet.side));
  parts.style.gap = `${GAP_MM}mm`;
  const view = element(
    'div', { class: 'sheet', attributes: { 'data-paper': sheet.paper, 'data-turn': sheet.turn, lang: language } },
    head, parts,
    element('div', { class: 'sheet-foot' }, element('span', { text: textIn(language, 'printMade') }), element('span', { text: content.printed })),
  );
  view.style.padding = `${MARGIN_MM}mm`;
  return sized(view, sheet);
}

/** Sizes of the legend's letters that are tried, in points. */
const LETTERS_PT: Readonly<Record<Sheet['paper'], readonly number[]>> = { a4: [8, 7, 6.2, 5.6], a3: [10.5, 9, 8, 7, 6] };

/** Makes the legend small enough for its place; what still has none is counted at its end. */
export function fitLegend(view: HTMLElement, language: Language): void {
  const box = view.querySelector<HTMLElement>('.sheet-legend');
  const list = box?.querySelector('ul');
  if (!box || !list) return;
  const overflows = (): boolean => box.scrollHeight > box.clientHeight + 1 || box.scrollWidth > box.clientWidth + 1;
  for (const size of LETTERS_PT[view.dataset['paper'] === 'a3' ? 'a3' : 'a4']) {
    box.style.fontSize = `${size}pt`;
    if (!overflows()) return;
  }
  const more = element('li', { class: 'sheet-more' });
  let left = 0;
  list.append(more);
  for (let last = more.previousElementSibling; last && overflows(); last = more.previousElementSibling) {
    last.remove();
    left += 1;
    more.textContent = textIn(language, 'printLegendMore', { count: left });
  }
}
