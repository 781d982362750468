/** Names that Windows gives to devices, whatever follows a dot behind them. */
const DEVICE = /^(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(?:\.|$)/i
/** A colon names a drive or a stream, a wildcard nothing, and control characters trick whoever reads a list. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const FORBIDDEN = /[\u0000-\u001f\u007f<>:"|?*\\/]/
const NAME_LIMIT_BYTES = 200
const DEPTH_LIMIT = 8

/**
 * Why the parts of a path that somebody else chose cannot name a file within a folder of ours on any system, as a clause;
 * undefined where they can. Hidden names are refused too: our own records have such.
 */
export function pathProblem(parts: readonly string[]): string | undefined {
  if (parts.length === 0 || parts.length > DEPTH_LIMIT) return `it has ${parts.length} parts`
  return parts.map(nameProblem).find((problem) => problem !== undefined)
}

function nameProblem(name: string): string | undefined {
  if (name === '') return 'a part of it is empty'
  if (name.startsWith('.')) return `'${name}' starts with a dot`
  if (FORBIDDEN.test(name)) return 'it has a character that no file name may have'
  if (/[. ]$/.test(name)) return `'${name}' ends with a dot or a space`
  if (DEVICE.test(name)) return `'${name}' is the name of a device on Windows`
  if (new TextEncoder().encode(name).length > NAME_LIMIT_BYTES) return 'a part of it is too long'
  return undefined
}
