/** A file with variables, read. */
export interface EnvironmentFile {
  readonly variables: Readonly<Record<string, string>>
  /** Lines that are no variables: what `systemd` would leave out in silence. */
  readonly wrongLines: readonly number[]
}

/**
 * Reads lines of `NAME=value`, as the EnvironmentFile= of systemd has them, in the part that everybody writes: comments with
 * `#` or `;`, and values in single or double quotes. Pure.
 */
export function readEnvironmentFile(text: string): EnvironmentFile {
  const variables: Record<string, string> = {}
  const wrongLines: number[] = []
  for (const [index, raw] of text.split(/\r?\n/).entries()) {
    const line = raw.trim()
    if (line === '' || line.startsWith('#') || line.startsWith(';')) continue
    const [, name, value = ''] = /^([A-Za-z_]\w*)=(.*)$/.exec(line) ?? []
    if (name === undefined) wrongLines.push(index + 1)
    else variables[name] = unquoted(value.trim())
  }
  return { variables, wrongLines }
}

const unquoted = (value: string): string => {
  if (/^'.*'$/.test(value)) return value.slice(1, -1)
  return /^".*"$/.test(value) ? value.slice(1, -1).replace(/\\(["\\$`])/g, '$1') : value
}
