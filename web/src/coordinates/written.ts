/** How coordinates of VN-2000 and their zones are written in each language. Pure. */
import type { Language } from '../catalog';
import { LOCALES, formatPosition } from '../format';
import { textIn } from '../language';
import type { Plane, PlanePosition } from '../vn2000';
import type { Reading } from './reading';

const FORMATS = new Map<string, Intl.NumberFormat>();

/** A number with just so many decimals. The pointer asks many times a second, so formats are kept. */
export function formatFixed(value: number, digits: number, language: Language): string {
  const key = `${language}${digits}`;
  let format = FORMATS.get(key);
  if (!format) {
    format = new Intl.NumberFormat(LOCALES[language], { minimumFractionDigits: digits, maximumFractionDigits: digits });
    FORMATS.set(key, format);
  }
  return format.format(value);
}

/** A central meridian as surveyors write it: `105°45′`. */
export function formatMeridian(meridian: number): string {
  const minutes = Math.round((meridian % 1) * 60);
  return `${Math.floor(meridian)}°${String(minutes).padStart(2, '0')}′`;
}

/** `105°45′ múi 3°` */
export function formatZone({ meridian, zone }: Plane, language: Language): string {
  return textIn(language, 'zoneName', { meridian: formatMeridian(meridian), zone });
}

/** `VN-2000, kinh tuyến trục 105°45′, múi 3°` */
export function formatPlane({ meridian, zone }: Plane, language: Language): string {
  return textIn(language, 'planeName', { meridian: formatMeridian(meridian), zone });
}

/** X and Y with their axes as surveyors name them: X is north. */
export function formatAxes({ easting, northing }: PlanePosition, digits: number, language: Language): string {
  const [x, y] = [formatFixed(northing, digits, language), formatFixed(easting, digits, language)];
  return textIn(language, 'planeAxes', { x, y });
}

/** A reading's name among the hits: what was taken for the position. */
export function readingName({ taken }: Reading, language: Language): string {
  if (taken.kind === 'degrees') {
    const position = formatPosition(taken.at.longitude, taken.at.latitude, language);
    return textIn(language, 'positionHit', { position });
  }
  const [x, y] = [formatFixed(taken.at.northing, 2, language), formatFixed(taken.at.easting, 2, language)];
  return textIn(language, 'positionHit', { position: textIn(language, 'planeAxesShort', { x, y }) });
}

/** How a reading was understood: system, zone and order. */
export function readingTaken({ taken, northFirst }: Reading, language: Language): string[] {
  if (taken.kind === 'degrees') {
    return [
      textIn(language, taken.datum === 'vn2000' ? 'degreesVn2000' : 'degreesWgs84'),
      textIn(language, northFirst ? 'latitudeFirst' : 'longitudeFirst'),
    ];
  }
  return [formatPlane(taken.plane, language), textIn(language, northFirst ? 'northFirst' : 'eastFirst')];
}
