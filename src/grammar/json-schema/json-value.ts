export function isJsonObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The value as Python's `json.dumps(value, ensure_ascii=False)` writes it, but for numbers, written as JavaScript does. */
export function jsonText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(jsonText).join(', ')}]`
  if (!isJsonObject(value)) return JSON.stringify(value)
  return `{${Object.entries(value)
    .map(([name, member]) => `${JSON.stringify(name)}: ${jsonText(member)}`)
    .join(', ')}}`
}

/** The same text for the same value, in whatever order the members of objects stand. */
export function jsonKey(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(jsonKey).join()}]`
  if (!isJsonObject(value)) return JSON.stringify(value)
  const members = Object.keys(value).sort()
  return `{${members.map((name) => `${JSON.stringify(name)}:${jsonKey(value[name])}`).join()}}`
}

/** Why a value cannot be written as JSON in UTF-8, if so. */
export function unwritable(value: unknown): string | undefined {
  if (typeof value === 'string') return value.isWellFormed() ? undefined : 'It holds half of a surrogate pair'
  if (typeof value === 'number') return Number.isFinite(value) ? undefined : 'It holds a number that is not finite'
  if (value === null || typeof value === 'boolean') return undefined
  if (typeof value !== 'object') return 'It is no JSON value'
  for (const [name, member] of Object.entries(value)) {
    const reason = unwritable(name) ?? unwritable(member)
    if (reason) return reason
  }
  return undefined
}
