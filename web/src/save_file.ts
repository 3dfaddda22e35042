/** Puts a file of the server into the browser's download folder; a plain link would carry no key. */
import { fetchFile } from './api';
import { element } from './dom';

/** The browser has taken the file by then. */
const KEPT_MS = 60_000;

/** Offers what is in memory as a file. */
export function saveBlob(blob: Blob, name: string): void {
  const address = URL.createObjectURL(blob);
  const link = element('a', { attributes: { href: address, download: name } });
  link.hidden = true;
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(address), KEPT_MS);
}

/**
 * Fetches with this tab's key and saves. The server's name for the file goes before `name`.
 *
 * @throws ServerError as every call.
 */
export async function saveFile(
  path: string,
  name: string,
  options: { signal: AbortSignal; onBytes?: (bytes: number) => void },
): Promise<{ name: string; bytes: number }> {
  const file = await fetchFile(path, options);
  const chosen = file.name ?? name;
  saveBlob(file.blob, chosen);
  return { name: chosen, bytes: file.blob.size };
}
