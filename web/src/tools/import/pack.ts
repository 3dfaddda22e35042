/**
 * The parts of a Shapefile or of a MapInfo table, that people choose together, as one zip archive (APPNOTE 6.3.9), its
 * parts stored as they are: what is sent is one file. Pure.
 */

const POLYNOMIAL = 0xedb88320;
const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? (value >>> 1) ^ POLYNOMIAL : value >>> 1;
  return value >>> 0;
});

/** CRC-32 as ISO 3309 has it. */
export function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = (crc >>> 8) ^ (TABLE[(crc ^ byte) & 0xff] ?? 0);
  return (crc ^ 0xffffffff) >>> 0;
}

export interface Part {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** Names are UTF-8. */
const FLAGS = 0x0800;
/** 1 January 1980: when a part was changed is of no use to the server. */
const DAY = 0x21;

function record(signature: number, fields: ReadonlyArray<readonly [2 | 4, number]>): Uint8Array<ArrayBuffer> {
  const size = fields.reduce((sum, [width]) => sum + width, 4);
  const view = new DataView(new ArrayBuffer(size));
  view.setUint32(0, signature, true);
  let at = 4;
  for (const [width, value] of fields) {
    if (width === 2) view.setUint16(at, value, true);
    else view.setUint32(at, value, true);
    at += width;
  }
  return new Uint8Array(view.buffer);
}

/** An archive of parts, in pieces that a Blob takes. */
export function archive(parts: readonly Part[]): Uint8Array[] {
  const [pieces, directory]: [Uint8Array[], Uint8Array[]] = [[], []];
  let offset = 0;
  for (const { name, bytes } of parts) {
    const written = new TextEncoder().encode(name);
    const size = bytes.length;
    const about = [[2, 20], [2, FLAGS], [2, 0], [2, 0], [2, DAY], [4, crc32(bytes)], [4, size], [4, size], [2, written.length], [2, 0]] as const;
    const head = record(0x04034b50, about);
    directory.push(record(0x02014b50, [[2, 20], ...about, [2, 0], [2, 0], [2, 0], [4, 0], [4, offset]]), written);
    pieces.push(head, written, bytes);
    offset += head.length + written.length + size;
  }
  const size = directory.reduce((sum, piece) => sum + piece.length, 0);
  const count = parts.length;
  const end = record(0x06054b50, [[2, 0], [2, 0], [2, count], [2, count], [4, size], [4, offset], [2, 0]]);
  return [...pieces, ...directory, end];
}

/** Endings of files that others belong to, the first, and of those. */
const FAMILIES: readonly (readonly string[])[] = [
  ['shp', 'shx', 'dbf', 'prj', 'cpg', 'sbn', 'sbx', 'qix', 'xml'],
  ['tab', 'dat', 'map', 'id', 'ind'],
  ['mif', 'mid'],
];

export type Delivery =
  | { readonly kind: 'one'; readonly at: number }
  /** Parts of one table, and what the archive is called. */
  | { readonly kind: 'parts'; readonly name: string }
  | { readonly kind: 'several' }
  | { readonly kind: 'none' };

/** What files of these names are together. */
export function deliveryOf(names: readonly string[]): Delivery {
  if (names.length === 0) return { kind: 'none' };
  if (names.length === 1) return { kind: 'one', at: 0 };
  const split = names.map((name) => {
    const [stem = '', ...endings] = name.split('.');
    return { stem: [stem, ...endings.slice(0, -1)].join('.').toLowerCase(), ending: (endings.at(-1) ?? '').toLowerCase(), name };
  });
  for (const family of FAMILIES) {
    const main = split.filter(({ ending }) => ending === family[0]);
    const [only] = main;
    // `a.shp.xml` stands beside `a.shp`.
    const belongs = ({ stem, ending }: { stem: string; ending: string }): boolean =>
      family.includes(ending) && (stem === only?.stem || stem === `${only?.stem}.shp`);
    if (main.length === 1 && only && split.every(belongs)) {
      return { kind: 'parts', name: `${only.name.slice(0, -(family[0]?.length ?? 0))}zip` };
    }
  }
  return { kind: 'several' };
}
