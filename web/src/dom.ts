/**
 * Makes elements. Whatever text is given is set as text, never read as HTML: names in the data are
 * strangers' words.
 */

type Child = Node | string | null;

interface Options {
  readonly class?: string;
  readonly text?: string;
  readonly attributes?: Readonly<Record<string, string>>;
  readonly onClick?: (event: MouseEvent) => void;
}

export function element<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  options: Options = {},
  ...children: Child[]
): HTMLElementTagNameMap[Tag] {
  const made = document.createElement(tag);
  if (options.class) made.className = options.class;
  if (options.text !== undefined) made.textContent = options.text;
  for (const [name, value] of Object.entries(options.attributes ?? {})) made.setAttribute(name, value);
  if (options.onClick) made.addEventListener('click', options.onClick as EventListener);
  for (const child of children) if (child !== null) made.append(child);
  return made;
}

/** Puts `children` in the place of all that `parent` holds. */
export function replaceContent(parent: Element, ...children: Child[]): void {
  parent.replaceChildren(...children.filter((child) => child !== null));
}

export function button(text: string, onClick: () => void, options: Options = {}): HTMLButtonElement {
  return element('button', {
    ...options, text, onClick, attributes: { type: 'button', ...options.attributes },
  });
}

/** A button that shows a drawing; `label` is what a screen reader says and a pointer shows. */
export function iconButton(icon: SVGSVGElement, label: string, onClick: () => void, cssClass: string): HTMLButtonElement {
  return element(
    'button',
    { class: cssClass, onClick, attributes: { type: 'button', 'aria-label': label, title: label } },
    icon,
  );
}

const SVG = 'http://www.w3.org/2000/svg';

export function svg(viewBox: string, ...children: SVGElement[]): SVGSVGElement {
  const made = document.createElementNS(SVG, 'svg');
  made.setAttribute('viewBox', viewBox);
  made.setAttribute('aria-hidden', 'true');
  made.setAttribute('focusable', 'false');
  made.append(...children);
  return made;
}

export function shape(tag: 'path' | 'rect' | 'circle' | 'line', attributes: Record<string, string | number>): SVGElement {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, String(value));
  return made;
}

/** Line drawings of the page, on a 24 by 24 grid. */
export const ICONS = {
  plus: 'M12 5v14M5 12h14',
  minus: 'M5 12h14',
  close: 'M6 6l12 12M18 6L6 18',
  whole: 'M4 9V4h5M15 4h5v5M20 15v5h-5M9 20H4v-5',
  area: 'M5 8l7-4 7 5-2 9-9 2zM9 12h6M10 15.5h4',
  stack: 'M12 4 3 9l9 5 9-5zM3 14l9 5 9-5',
  ruler: 'M3 17 17 3l4 4L7 21zM7 13l2 2M10 10l3 3M13 7l2 2',
  sliders: 'M4 7h9M17 7h3M15 5v4M4 17h3M11 17h9M9 15v4',
  funnel: 'M4 5h16l-6 8v6l-4-2v-4z',
  swipe: 'M12 3v18M8 8l-4 4 4 4M16 8l4 4-4 4',
  up: 'M6 15l6-6 6 6',
  down: 'M6 9l6 6 6-6',
  grip: 'M9 6h.01M9 12h.01M9 18h.01M15 6h.01M15 12h.01M15 18h.01',
  print: 'M7 9V4h10v5M7 17H4v-7h16v7h-3M7 14h10v6H7z',
  upload: 'M12 15V4M7 8l5-5 5 5M4 20h16',
  download: 'M12 4v11M7 11l5 5 5-5M4 20h16',
  moon: 'M20 14.5A8.5 8.5 0 0 1 9.5 4 8.5 8.5 0 1 0 20 14.5z',
  sun: 'M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM12 2v2M12 20v2M2 12h2M20 12h2M5 5l1.4 1.4M17.6 17.6 19 19M5 19l1.4-1.4M17.6 6.4 19 5',
  check: 'M9 4h6v3H9zM9 5H5v15h14V5h-4M8.5 13.5l2.5 2.5 4.5-5',
  calendar: 'M5 6h14v14H5zM5 10h14M9 3v4M15 3v4',
  account: 'M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4 20c1-4 4-5.5 8-5.5s7 1.5 8 5.5',
} as const;

export function icon(name: keyof typeof ICONS): SVGSVGElement {
  return svg(
    '0 0 24 24',
    shape('path', {
      d: ICONS[name], fill: 'none', stroke: 'currentColor',
      'stroke-width': 2, 'stroke-linecap': 'round', 'stroke-linejoin': 'round',
    }),
  );
}
