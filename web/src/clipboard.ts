/** Puts a text on the clipboard, also where the page did not come over HTTPS and the browser's newer way is shut. */

/** Whether the text is there now. */
export async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyBySelection(text);
  }
}

function copyBySelection(text: string): boolean {
  const focused = document.activeElement;
  const field = document.createElement('textarea');
  field.value = text;
  field.style.position = 'fixed';
  field.style.opacity = '0';
  document.body.append(field);
  field.select();
  let copied = false;
  try {
    copied = document.execCommand('copy');
  } catch {
    // Then it is copied by hand.
  }
  field.remove();
  if (focused instanceof HTMLElement) focused.focus();
  return copied;
}
