/** What an area is called that somebody has said. Pure. */
import type { Language } from '../../catalog';
import { textIn } from '../../language';
import { formatLength } from './figures';
import type { Subject } from './question';
import type { AdministrativeUnit } from './units';

/** How deep buffers may lie in each other before a name stops telling of them. */
const DEPTH = 3;

/** What else is known of what an area is said by. */
interface Known {
  /** The unit that the answer names. */
  readonly unit: AdministrativeUnit | null;
  /** What a layer is called. */
  readonly layer: (id: string) => string;
}

function ofText(area: string, language: Language, depth: number, known: Known): string {
  const [, form = '', rest = ''] = /^([a-z]+):(.*)$/is.exec(area.trim()) ?? [];
  switch (form.toLowerCase()) {
    case 'circle':
      return textIn(language, 'areaTitleCircle', { metres: formatLength(Number(rest.split(',')[2]), language) });
    case 'buffer': {
      const [metres = '', of = ''] = [rest.split(':', 1)[0], rest.slice(rest.indexOf(':') + 1)];
      const around = textIn(language, 'areaTitleBuffer', { metres: formatLength(Number(metres), language) });
      const inner = /^\s*(LINESTRING|MULTILINESTRING|POINT)/i.test(of) || depth === 0 ? null : ofText(of, language, depth - 1, known);
      return inner === null ? around : `${around}: ${inner}`;
    }
    case 'corners':
      return textIn(language, 'areaTitleCorners');
    case 'feature': {
      const [, layer = '', id = ''] = /^([^/]*)\/(.*)$/.exec(rest) ?? [];
      return textIn(language, 'areaTitleFeature', { name: layer === '' ? rest : `${known.layer(layer)} № ${id}` });
    }
    case 'commune':
    case 'district':
    case 'province':
      return known.unit?.name ?? rest;
    default:
      return textIn(language, 'areaTitlePolygon');
  }
}

/** The unit's own name where the answer gives it; what lies around a unit is not called as the unit is. */
export function subjectTitle(
  subject: Subject, unit: AdministrativeUnit | null, language: Language, layer: Known['layer'] = (id) => id,
): string {
  if (subject.kind === 'file') return textIn(language, 'areaTitleFile', { name: subject.file.name });
  return ofText(subject.area, language, DEPTH, { unit, layer });
}
