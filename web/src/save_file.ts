/** Puts a file of the server into the browser's download folder; a plain link would carry no key. */
import { ServerError, fetchFile } from './api';
import { callerKey } from './caller_key';
import { element } from './dom';
import type { LanguageChoice } from './language';

/** The browser has taken the file by then. */
const KEPT_MS = 60_000;

/** The longest that a file may take. */
const FILE_TIMEOUT_MS = 600_000;

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

/** A link to a file of the server; where this tab has a key, the page fetches it, and says so where it does not come. */
export function fileLink(text: string, path: string, name: string, language: LanguageChoice): HTMLAnchorElement {
  const link = element('a', { text, attributes: { href: path, download: '' } });
  const failed = element('span', { attributes: { role: 'alert' } });
  link.addEventListener('click', (event) => {
    if (!callerKey.isThere) return;
    event.preventDefault();
    failed.remove();
    saveFile(path, name, { signal: AbortSignal.timeout(FILE_TIMEOUT_MS) }).catch((error: unknown) => {
      const status = error instanceof ServerError ? error.status : null;
      failed.textContent = ` ${status === null ? language.text('serverAway') : language.text('serverRefused', { status })}`;
      link.after(failed);
    });
  });
  return link;
}
