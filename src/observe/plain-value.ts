const mostDepth = 5
const mostItems = 50
const mostLetters = 8192

/**
 * A value that JSON can hold, near to the given one: whatever cannot be written becomes a text in brackets that says
 * so, and what is too long or too deep is cut and says so too. Never throws; runs getters and `toJSON`.
 */
export function plainValue(value: unknown, around: readonly object[] = []): unknown {
  try {
    return plain(value, around)
  } catch (error) {
    return `[unreadable: ${error instanceof Error ? error.message : typeof error}]`
  }
}

function plain(value: unknown, around: readonly object[]): unknown {
  switch (typeof value) {
    case 'string':
      return value.length > mostLetters ? `${value.slice(0, mostLetters)}… [${value.length} characters]` : value
    case 'number':
      return Number.isFinite(value) ? value : `${value}`
    case 'bigint':
      return `${value}`
    case 'symbol':
      return value.toString()
    case 'function':
      return `[function ${value.name}]`
    case 'object':
      return value === null ? null : plainObject(value, around)
    default:
      return value
  }
}

function plainObject(value: object, around: readonly object[]): unknown {
  if (around.includes(value)) return '[circular]'
  if (around.length >= mostDepth) return Array.isArray(value) ? '[list]' : '[object]'
  const within = [...around, value]
  const inner = (part: unknown) => plainValue(part, within)
  if (value instanceof Error) return plainError(value, inner)
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? '[invalid date]' : value.toISOString()
  if (value instanceof URL || value instanceof RegExp) return `${value}`
  if (ArrayBuffer.isView(value)) return `[${value.constructor.name}, ${value.byteLength} bytes]`
  if (value instanceof Map)
    return plainEntries(
      [...value].map(([key, part]) => [`${String(key)}`, part]),
      inner,
    )
  if (value instanceof Set) return plainList([...value], inner)
  if (Array.isArray(value)) return plainList(value, inner)
  const { toJSON } = value as { toJSON?: unknown }
  if (typeof toJSON === 'function') return inner(toJSON.call(value))
  return plainEntries(
    Object.keys(value).map((key) => [key, plainValue(getter(value, key), within)]),
    (part) => part,
  )
}

/** Reads a property in a way that a throwing getter spoils itself only. */
const getter = (value: object, key: string): unknown => {
  try {
    return (value as Record<string, unknown>)[key]
  } catch (error) {
    return `[unreadable: ${(error as Error)?.message}]`
  }
}

type Inner = (part: unknown) => unknown

function plainError(error: Error, inner: Inner): Record<string, unknown> {
  const { name, message, stack, cause } = error
  const own = Object.fromEntries(Object.keys(error).map((key) => [key, getter(error, key)]))
  const parts = { name, message, ...own, ...(cause !== undefined && { cause }), stack }
  return plainEntries(Object.entries(parts), inner)
}

function plainList(list: readonly unknown[], inner: Inner): unknown[] {
  const kept = list.slice(0, mostItems).map(inner)
  return list.length > mostItems ? [...kept, `[${list.length - mostItems} more]`] : kept
}

function plainEntries(entries: readonly (readonly [string, unknown])[], inner: Inner): Record<string, unknown> {
  const kept = entries.slice(0, mostItems).filter(([, part]) => part !== undefined)
  const more = entries.length - mostItems
  return Object.fromEntries([...kept.map(([key, part]) => [key, inner(part)]), ...(more > 0 ? [['more', more]] : [])])
}
