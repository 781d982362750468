/** The API keys of ALLOWED_API_KEYS. Where it cannot be understood there are none, and `problem` says why. */
export interface AllowedKeys {
  readonly keys: readonly string[]
  readonly problem?: string
  /** The program has made them for itself: they have no limits, and what they use is written nowhere. */
  readonly areOwn?: true
}

/** What a header can carry as one word. */
const sendable = /^[\x21-\x7e]+$/

/** Reads keys that are parted by commas, or a JSON list of them; an empty text has none. A problem tells nothing of the text. */
export function readAllowedKeys(text: string): AllowedKeys {
  const list = text.trim().startsWith('[') ? parseList(text) : text.split(',')
  if (!list) return { keys: [], problem: 'expected keys with commas between them, or a JSON list of texts' }
  const keys = [...new Set(list.map((key) => key.trim()).filter((key) => key !== ''))]
  const wrong = keys.findIndex((key) => !sendable.test(key))
  if (wrong < 0) return { keys }
  return { keys: [], problem: `key ${wrong + 1} has a space or a character that cannot be sent in a header` }
}

/** The keys of a file that has one a line, or the first thing that is wrong with it. Neither a key nor a part of one is repeated. */
export function readKeyLines(text: string): { readonly keys: readonly string[] } | { readonly problem: string } {
  const lines = text.split(/\r\n|\r|\n/).map((line) => line.replace(/(^|\s)#.*$/, '').trim())
  for (const [index, line] of lines.entries()) {
    const where = `line ${index + 1}`
    if (/^[["']|,/.test(line))
      return { problem: `${where} has a comma, a quote or a bracket: keys stand alone, one a line` }
    if (line !== '' && !sendable.test(line))
      return { problem: `${where} has a space or a character that cannot be sent in a header` }
  }
  return { keys: [...new Set(lines.filter((line) => line !== ''))] }
}

function parseList(text: string): string[] | undefined {
  try {
    const list: unknown = JSON.parse(text)
    return Array.isArray(list) && list.every((key) => typeof key === 'string') ? list : undefined
  } catch {
    return undefined
  }
}
