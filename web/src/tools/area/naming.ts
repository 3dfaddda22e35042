/** What an area is called that somebody has said. Pure. */
import type { Language } from '../../catalog';
import { textIn } from '../../language';
import { formatLength } from './figures';
import type { Subject } from './question';
import type { AdministrativeUnit } from './units';

/** How deep buffers may lie in each other before a name stops telling of them. */
const DEPTH = 3;

function ofText(area: string, language: Language, depth: number): string {
  const [, form = '', rest = ''] = /^([a-z]+):(.*)$/is.exec(area.trim()) ?? [];
  switch (form.toLowerCase()) {
    case 'circle':
      return textIn(language, 'areaTitleCircle', { metres: formatLength(Number(rest.split(',')[2]), language) });
    case 'buffer': {
      const [metres = '', of = ''] = [rest.split(':', 1)[0], rest.slice(rest.indexOf(':') + 1)];
      const around = textIn(language, 'areaTitleBuffer', { metres: formatLength(Number(metres), language) });
      const inner = /^\s*(LINESTRING|MULTILINESTRING|POINT)/i.test(of) || depth === 0 ? null : ofText(of, language, depth - 1);
      return inner === null ? around : `${around}: ${inner}`;
    }
    case 'corners':
      return textIn(language, 'areaTitleCorners');
    case 'feature':
      return textIn(language, 'areaTitleFeature', { name: rest });
    case 'commune':
    case 'district':
    case 'province':
      return rest;
    default:
      return textIn(language, 'areaTitlePolygon');
  }
}

/** The unit's own name where the answer gives it. */
export function subjectTitle(subject: Subject, unit: AdministrativeUnit | null, language: Language): string {
  if (subject.kind === 'file') return textIn(language, 'areaTitleFile', { name: subject.file.name });
  return unit ? unit.name : ofText(subject.area, language, DEPTH);
}
