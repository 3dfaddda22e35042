/** Keeps what a tool has to say in the address line, and reads it again where someone puts another link there. */
import { saidInLink, withSaid } from '../link_keys';

export function keep(key: string, value: string | null): void {
  const hash = withSaid(location.hash, key, value);
  if (hash !== location.hash) history.replaceState(null, '', hash);
}

export function kept(key: string): string | null {
  return saidInLink(location.hash, key);
}

/** Calls `read` when the address line holds another link. */
export function onOtherLink(read: () => void): void {
  window.addEventListener('hashchange', read);
}
