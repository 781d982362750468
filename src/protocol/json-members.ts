/** Where the value of a member stands in the text of an object. */
export interface JsonMember {
  readonly name: string
  readonly start: number
  /** Behind its last character. */
  readonly end: number
}

/**
 * The members of an object of JSON, in their order, with those that are there twice. For text that has been parsed: of
 * anything else it tells nothing sensible. Nothing of the values is read, so that they can be kept to the last digit.
 */
export function membersOf(text: string): readonly JsonMember[] {
  const members: JsonMember[] = []
  let at = skipSpace(text, text.indexOf('{') + 1)
  while (text[at] === '"') {
    const nameEnd = stringEnd(text, at)
    const name = JSON.parse(text.slice(at, nameEnd)) as string
    const start = skipSpace(text, text.indexOf(':', nameEnd) + 1)
    const end = valueEnd(text, start)
    members.push({ name, start, end })
    at = skipSpace(text, end)
    if (text[at] !== ',') break
    at = skipSpace(text, at + 1)
  }
  return members
}

/**
 * The text of an object with other values, which are JSON, for these names: each where it stands now, and at the end where
 * it does not. All else stays as it is written.
 */
export function withMembers(text: string, values: Readonly<Record<string, string>>): string {
  const left = new Map(Object.entries(values))
  const members = membersOf(text)
  let made = ''
  let taken = 0
  for (const { name, start, end } of members) {
    const value = Object.hasOwn(values, name) ? values[name] : undefined
    if (value === undefined) continue
    left.delete(name)
    made += text.slice(taken, start) + value
    taken = end
  }
  if (left.size === 0) return made + text.slice(taken)
  const close = text.lastIndexOf('}')
  const added = [...left].map(([name, value]) => `${JSON.stringify(name)}:${value}`).join(',')
  return `${made}${text.slice(taken, close)}${members.length > 0 ? ',' : ''}${added}${text.slice(close)}`
}

function skipSpace(text: string, from: number): number {
  let at = from
  while (at < text.length && ' \t\n\r'.includes(text[at] ?? '')) at++
  return at
}

/** Behind the closing quote of the string that begins there. */
function stringEnd(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end >= 0; end = text.indexOf('"', end + 1)) {
    let slashes = 0
    while (text[end - 1 - slashes] === '\\') slashes++
    if (slashes % 2 === 0) return end + 1
  }
  return text.length
}

function valueEnd(text: string, start: number): number {
  const first = text[start]
  if (first === '"') return stringEnd(text, start)
  const marks = first === '{' || first === '[' ? /["{}[\]]/g : /[\s,}\]]/g
  marks.lastIndex = start
  let depth = 0
  for (let match = marks.exec(text); match; match = marks.exec(text)) {
    const [mark] = match
    if (first !== '{' && first !== '[') return match.index
    if (mark === '"') marks.lastIndex = stringEnd(text, match.index)
    else depth += mark === '{' || mark === '[' ? 1 : -1
    if (depth === 0) return match.index + 1
  }
  return text.length
}
