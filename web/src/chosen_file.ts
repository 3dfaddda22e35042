/** Files that somebody has chosen. */

/** Whether files can still be read: browsers refuse those that were changed, moved or deleted since they were chosen. */
export async function canBeRead(files: readonly Blob[]): Promise<boolean> {
  try {
    await Promise.all(files.map((file) => file.slice(0, 1).arrayBuffer()));
    return true;
  } catch {
    return false;
  }
}
