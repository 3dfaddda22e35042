/**
 * How a value is written in each language: numbers, units, dates, codes, coordinates. Pure.
 */
import type { Attribute, Language } from './catalog';
import { textIn } from './language';

export const LOCALES: Readonly<Record<Language, string>> = { vi: 'vi-VN', en: 'en-GB' };

/** Vietnam has one time zone, UTC+7, and no summer time. */
const TIME_ZONE = 'Asia/Ho_Chi_Minh';
const UTC_OFFSET_MS = 7 * 3_600_000;

/** Units that are not written as the definition spells them, in plain letters. */
const UNITS: Readonly<Record<string, Readonly<Record<Language, string>>>> = {
  m2: { vi: 'm²', en: 'm²' },
  km2: { vi: 'km²', en: 'km²' },
  'm3/s': { vi: 'm³/giây', en: 'm³/s' },
  'm3/day': { vi: 'm³/ngày đêm', en: 'm³/day' },
  t: { vi: 'tấn', en: 't' },
  't/ha': { vi: 'tấn/ha', en: 't/ha' },
  h: { vi: 'giờ', en: 'h' },
  'VND/m2': { vi: 'đồng/m²', en: 'VND/m²' },
  'million VND': { vi: 'triệu đồng', en: 'million VND' },
  'billion VND': { vi: 'tỷ đồng', en: 'billion VND' },
  'USD/m2/term': { vi: 'USD/m²/thời hạn thuê', en: 'USD/m²/lease term' },
  'm (Hòn Dấu)': { vi: 'm (hệ Hòn Dấu)', en: 'm (Hòn Dấu datum)' },
  person: { vi: 'người', en: 'people' },
};

export function formatUnit(unit: string, language: Language): string {
  return UNITS[unit]?.[language] ?? unit;
}

/** Whether a whole number names something (a year, a number in a row) and is written without separators. */
function isOrdinal(attribute: Attribute): boolean {
  return (
    attribute.unit === null &&
    /(^|_)(year|period|from|to|horizon|no|epsg|crs)(_|$)/.test(attribute.name)
  );
}

export function formatNumber(value: number, language: Language, maximumFractionDigits = 6): string {
  return new Intl.NumberFormat(LOCALES[language], { maximumFractionDigits }).format(value);
}

/** A calendar day `2026-11-23`, read as it stands, in no time zone. */
export function formatDate(text: string, language: Language): string {
  const parts = /^(\d{4})-(\d{2})-(\d{2})/.exec(text);
  if (!parts) return text;
  const day = new Date(Date.UTC(Number(parts[1]), Number(parts[2]) - 1, Number(parts[3])));
  if (Number.isNaN(day.getTime())) return text;
  const month = language === 'vi' ? '2-digit' : 'long';
  const digits = language === 'vi' ? '2-digit' : 'numeric';
  return new Intl.DateTimeFormat(LOCALES[language], {
    day: digits, month, year: 'numeric', timeZone: 'UTC',
  }).format(day);
}

/** The day in Vietnam of a moment; a calendar day stays itself. */
export function formatDayOf(text: string, language: Language): string {
  const moment = new Date(text);
  if (!text.includes('T') || Number.isNaN(moment.getTime())) return formatDate(text, language);
  return formatDate(new Date(moment.getTime() + UTC_OFFSET_MS).toISOString(), language);
}

/** A moment, told in Vietnam's time. */
export function formatTimestamp(text: string, language: Language): string {
  const moment = new Date(text);
  if (Number.isNaN(moment.getTime())) return text;
  const time = new Intl.DateTimeFormat(LOCALES[language], {
    hour: '2-digit', minute: '2-digit', hourCycle: 'h23', timeZone: TIME_ZONE,
  }).format(moment);
  return `${time}, ${formatDayOf(moment.toISOString(), language)}`;
}

function formatBoolean(value: unknown, language: Language): string {
  if (value === true || value === 'true') return textIn(language, 'yes');
  if (value === false || value === 'false') return textIn(language, 'no');
  return String(value);
}

/** The title of a code; the code itself where the domain does not hold it. */
export function formatCode(code: string, attribute: Attribute, language: Language): string {
  return attribute.values.find((value) => value.code === code)?.[language] ?? code;
}

/**
 * One attribute's value as a person reads it, unit included; null where there is none.
 *
 * Values come from GeoJSON or from a tile, where lists are joined by `, `.
 */
export function formatValue(value: unknown, attribute: Attribute, language: Language): string | null {
  if (value === null || value === undefined || value === '') return null;
  switch (attribute.type) {
    case 'boolean':
      return formatBoolean(value, language);
    case 'date':
      return formatDate(String(value), language);
    case 'timestamp':
      return formatTimestamp(String(value), language);
    case 'text_list': {
      const items = Array.isArray(value) ? value.map(String) : String(value).split(', ');
      return items.length === 0 ? null : items.map((item) => formatCode(item, attribute, language)).join(', ');
    }
    case 'integer':
    case 'number': {
      const number = typeof value === 'number' ? value : Number(value);
      if (!Number.isFinite(number)) return String(value);
      if (attribute.type === 'integer' && isOrdinal(attribute)) return String(number);
      const written = formatNumber(number, language);
      if (attribute.unit === null) return written;
      if (attribute.unit === '%') return `${written}%`;
      return `${written} ${formatUnit(attribute.unit, language)}`;
    }
    default:
      return formatCode(String(value), attribute, language);
  }
}

/** A position in degrees, latitude first: `11,05123° B, 106,12345° Đ`. */
export function formatPosition(longitude: number, latitude: number, language: Language): string {
  const degrees = (value: number): string =>
    new Intl.NumberFormat(LOCALES[language], { minimumFractionDigits: 5, maximumFractionDigits: 5 }).format(
      Math.abs(value),
    );
  const north = textIn(language, latitude >= 0 ? 'latitudeNorth' : 'latitudeSouth');
  const east = textIn(language, longitude >= 0 ? 'longitudeEast' : 'longitudeWest');
  return `${degrees(latitude)}° ${north}, ${degrees(longitude)}° ${east}`;
}
