/** For tools that keep something in the link: tells when the address line holds another one. */

/** Calls `read` when it does, once the page itself has followed the link. */
export function onOtherLink(read: () => void): void {
  window.addEventListener('hashchange', read);
}
