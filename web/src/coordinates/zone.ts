/** The zone of VN-2000 in which the page writes coordinates: which one is chosen, how it is remembered. */
import { element, replaceContent } from '../dom';
import type { LanguageChoice } from '../language';
import { MEASURING_PLANE, PLANES, PLANES_ELSEWHERE, PLANES_HERE, type Plane } from '../vn2000';
import { formatZone } from './written';

const STORAGE_KEY = 'diaban.zone';

/** The plane of a remembered code, else the province's own. */
export function planeOfCode(code: string | null): Plane {
  return PLANES.find((plane) => String(plane.code) === code) ?? MEASURING_PLANE;
}

class ZoneChoice {
  private chosen = planeOfCode(remembered());
  private readonly listeners: Array<() => void> = [];

  get current(): Plane {
    return this.chosen;
  }

  set(code: string): void {
    this.chosen = planeOfCode(code);
    try {
      localStorage.setItem(STORAGE_KEY, code);
    } catch {
      // The browser keeps nothing; the choice holds until the page is left.
    }
    for (const listener of this.listeners) listener();
  }

  onChange(listener: () => void): void {
    this.listeners.push(listener);
  }
}

function remembered(): string | null {
  try {
    return localStorage.getItem(STORAGE_KEY);
  } catch {
    return null;
  }
}

/** One for the page: its foot, its search and its tools write and read in the same zone. */
export const zoneChoice = new ZoneChoice();

/**
 * A list to choose the zone from; it keeps up with the language and with other lists.
 *
 * @param brief without saying where each zone is used
 */
export function zoneList(language: LanguageChoice, id: string, brief = false): HTMLSelectElement {
  const list = element('select', { class: 'zone-list', attributes: { id } });
  const option = (plane: Plane): HTMLOptionElement => {
    const where = plane.code === 9210 ? 'zoneNow' : plane.code === 9209 ? 'zoneOldTayNinh' : null;
    const name = formatZone(plane, language.current);
    const text = brief || where === null ? name : `${name} (${language.text(where)})`;
    return element('option', { text, attributes: { value: String(plane.code) } });
  };
  const group = (key: 'zonesHere' | 'zonesElsewhere', planes: readonly Plane[]): HTMLElement =>
    element('optgroup', { attributes: { label: language.text(key) } }, ...planes.map(option));
  const choose = (): void => {
    list.value = String(zoneChoice.current.code);
  };
  const render = (): void => {
    list.setAttribute('aria-label', language.text('zone'));
    list.title = language.text('zone');
    replaceContent(list, group('zonesHere', PLANES_HERE), group('zonesElsewhere', PLANES_ELSEWHERE));
    choose();
  };
  list.addEventListener('change', () => zoneChoice.set(list.value));
  language.onChange(render);
  zoneChoice.onChange(choose);
  render();
  return list;
}
