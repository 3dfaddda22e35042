/** Whether the maps of the page have drawn all that was asked of them: `data-map` on the root element tells tests and screenshots. */
const busy = new Set<object>();

export function setBusy(map: object, isBusy: boolean): void {
  if (isBusy) busy.add(map);
  else busy.delete(map);
  document.documentElement.dataset['map'] = busy.size > 0 ? 'busy' : 'idle';
}
