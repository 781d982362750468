/** A file with variables, read. */
export interface EnvironmentFile {
  readonly variables: Readonly<Record<string, string>>
  /** Lines that are no variables, and those that systemd reads as something else than they seem to say. */
  readonly wrongLines: readonly number[]
}

/**
 * Reads lines of `NAME=value`, as the EnvironmentFile= of systemd has them, in the part that everybody writes: comments with
 * `#` or `;`, and values as they stand or whole in single or double quotes. What it has besides is wrong: lines that go on in
 * the next one (comments, too), and backslashes without quotes, which it takes off. Pure.
 */
export function readEnvironmentFile(text: string): EnvironmentFile {
  const variables: Record<string, string> = {}
  const wrongLines: number[] = []
  for (const [index, raw] of text.split(/\r?\n/).entries()) {
    const line = raw.trim()
    if (line === '' || /^[#;](.*[^\\])?$/.test(line)) continue
    const [, name, value = ''] = /^([A-Za-z_]\w*)=(.*)$/.exec(line) ?? []
    const plain = unquoted(value.trim())
    if (name === undefined || plain === undefined) wrongLines.push(index + 1)
    else variables[name] = plain
  }
  return { variables, wrongLines }
}

function unquoted(value: string): string | undefined {
  if (/^'[^']*'$/.test(value)) return value.slice(1, -1)
  if (/^"([^"\\]|\\.)*"$/.test(value)) return value.slice(1, -1).replace(/\\(["\\$`])/g, '$1')
  return /^["']|\\/.test(value) ? undefined : value
}
