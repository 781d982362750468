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

function parseList(text: string): string[] | undefined {
  try {
    const list: unknown = JSON.parse(text)
    return Array.isArray(list) && list.every((key) => typeof key === 'string') ? list : undefined
  } catch {
    return undefined
  }
}
