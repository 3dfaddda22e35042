/** Administrative units, present and former, as `GET /units` and `GET /at` tell of them. Pure. */

export interface AdministrativeUnit {
  readonly level: string;
  readonly code: string;
  readonly name: string;
  /** First day, and the day on which it had ended; null where there is none. */
  readonly from: string | null;
  readonly until: string | null;
  /** The district or province that it lies in. */
  readonly parent: string | null;
  /** What it came from or went to. */
  readonly successors: readonly string[];
}

type Fields = Record<string, unknown>;
const text = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? value : null);
const object = (value: unknown): Fields => (typeof value === 'object' && value !== null ? (value as Fields) : {});
const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);

export function readUnit(value: unknown): AdministrativeUnit | null {
  const read = object(value);
  const [level, code] = [text(read['level']), text(read['code'])];
  if (level === null || code === null || !/^\d{1,10}$/.test(code) || !/^[a-z]+$/.test(level)) return null;
  return {
    level, code, name: text(read['name']) ?? code, from: text(read['valid_from']), until: text(read['valid_to']),
    parent: text(object(read['parent'])['name']),
    successors: list(read['successors']).flatMap((one) => text(object(one)['name']) ?? []),
  };
}

/** The units of an answer, in its order; throws where it is none. */
export function readUnits(answer: unknown): AdministrativeUnit[] {
  const units = object(answer)['units'];
  if (!Array.isArray(units)) throw new TypeError('no units');
  return units.flatMap((one) => readUnit(one) ?? []);
}

/** The commune that an answer of `GET /at` names; null where none is there. */
export function communeAt(answer: unknown): AdministrativeUnit | null {
  const layers = object(answer)['layers'];
  if (!Array.isArray(layers)) throw new TypeError('no layers');
  for (const layer of layers) {
    for (const feature of list(object(layer)['features'])) {
      const own = object(object(feature)['properties']);
      const unit = readUnit({
        level: 'commune', code: own['code'], name: own['name_vi'], valid_from: own['valid_from'], valid_to: own['valid_to'],
      });
      if (unit) return unit;
    }
  }
  return null;
}

/** The commune that a tile holds of a place, where it says all that a question needs and is of that day; else null. */
export function communeOfTile(properties: Readonly<Record<string, unknown>>, day: string): AdministrativeUnit | null {
  // A tile leaves out what is empty: a commune whose first day is not told may be a former one.
  if (text(properties['valid_from']) === null) return null;
  const unit = readUnit({
    level: 'commune', code: properties['code'], name: properties['name_vi'], valid_from: properties['valid_from'], valid_to: properties['valid_to'],
  });
  return unit && dayOf(unit, day) === day ? unit : null;
}

/** The day before a day. */
function dayBefore(day: string): string {
  const moment = new Date(`${day.slice(0, 10)}T00:00:00Z`);
  moment.setUTCDate(moment.getUTCDate() - 1);
  return moment.toISOString().slice(0, 10);
}

/** A day on which the unit was: the one that was typed where it was then, else its last or its first. */
export function dayOf({ from, until }: AdministrativeUnit, typed: string | null): string | null {
  const was = typed !== null && (from === null || typed >= from) && (until === null || typed < until);
  if (was) return typed;
  return until === null ? from : dayBefore(until);
}

/** The server's form of it. */
export function unitText(unit: AdministrativeUnit, typed: string | null): string {
  const day = dayOf(unit, typed);
  return `${unit.level}:${unit.code}${day === null ? '' : `@${day}`}`;
}

/** What such a text names; null where it names no unit. */
export function unitOfText(area: string): { readonly level: string; readonly code: string; readonly day: string | null } | null {
  const found = /^(commune|district|province):(\d{1,10})(?:@(\d{4}-\d{2}-\d{2}))?$/.exec(area.trim());
  return found ? { level: found[1] ?? '', code: found[2] ?? '', day: found[3] ?? null } : null;
}
