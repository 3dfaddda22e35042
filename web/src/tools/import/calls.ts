/** The server's addresses for files that are sent. Knows nothing of the page. */
import { ServerError, ask, wordsOf } from '../../api';
import { callerKey } from '../../caller_key';
import { type Allowed, type SentFile, readAllowed, readFile } from './told';

const base = (layer: string): string => `/collections/${encodeURIComponent(layer)}/imports`;

export const fileAddress = (layer: string, id: string): string => `${base(layer)}/${encodeURIComponent(id)}`;

async function read<T>(response: Response, path: string, reader: (value: unknown) => T): Promise<T> {
  try {
    return reader(await response.json());
  } catch (cause) {
    throw new ServerError('unreadable', path, response.status, { cause });
  }
}

export async function fetchAllowed(layer: string): Promise<Allowed> {
  return read(await ask(base(layer)), base(layer), readAllowed);
}

export async function fetchFile(layer: string, id: string): Promise<SentFile> {
  const path = fileAddress(layer, id);
  return read(await ask(path), path, readFile);
}

export async function beginStep(layer: string, id: string, step: string, wishes: Record<string, unknown>): Promise<SentFile> {
  const path = `${fileAddress(layer, id)}/${step}`;
  const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(wishes) };
  return read(await ask(path, init), path, readFile);
}

export async function removeFile(layer: string, id: string): Promise<void> {
  await ask(fileAddress(layer, id), { method: 'DELETE' });
}

/** Sends a file. `fetch` does not tell how much has gone, so this is an older call. */
export function sendFile(
  layer: string, name: string, file: Blob, { signal, onPart }: { signal: AbortSignal; onPart: (share: number) => void },
): Promise<SentFile> {
  const path = `${base(layer)}?${new URLSearchParams({ name })}`;
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open('POST', path);
    request.setRequestHeader('content-type', 'application/octet-stream');
    for (const [header, value] of Object.entries(callerKey.headers(path))) request.setRequestHeader(header, value);
    request.upload.addEventListener('progress', ({ loaded, total }) => onPart(total > 0 ? loaded / total : 0));
    const away = (): void => reject(new ServerError('away', path, null));
    request.addEventListener('error', away);
    request.addEventListener('abort', away);
    request.addEventListener('load', () => {
      let answer: unknown = null;
      try {
        answer = JSON.parse(request.responseText);
        if (request.status === 201) return resolve(readFile(answer));
      } catch (cause) {
        if (request.status < 400) return reject(new ServerError('unreadable', path, request.status, { cause }));
      }
      reject(new ServerError('refused', path, request.status, wordsOf(answer)));
    });
    signal.addEventListener('abort', () => request.abort());
    request.send(file);
  });
}
