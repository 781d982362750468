import { expected } from './expected.ts'
import { type OptionRow, optionKeys, optionRow } from './options.ts'

/** What stands before and after the table in README.md. */
export const tableMarkers = { start: '<!-- options:start -->', end: '<!-- options:end -->' }

/** The Markdown table of all keys. */
export function renderTable(): string {
  const rows = optionKeys.map((key) => {
    const row = optionRow(key)
    const value = row.default === undefined ? (row.computed ?? 'absent') : `\`${row.default}\``
    return [
      `\`${key}\`${row.perModel ? ' *' : ''}`,
      value,
      expected(row.schema),
      row.description + alsoNamed(row.otherVariables) + (row.isLive ? '' : ' °'),
    ]
  })
  const lists = [
    [
      '`models`',
      'absent',
      'a list',
      'Models with settings of their own: `id`, `aliases`, `path`, `kind`, `pinned`, and the keys with *.',
    ],
    ['`catalog`', 'absent', 'a list', 'Models that `hearth pull` can fetch, besides those that it knows.'],
    ['`providers`', 'absent', 'a list', 'Other servers that speak the API of OpenAI; see [providers](#other-servers).'],
    ['`fallbacks`', 'absent', 'a list', 'Who answers where a model is full, missing or cannot be reached.'],
  ]
  const lines = [['Key', 'Default', 'Value', 'Meaning'], ['---', '---', '---', '---'], ...rows, ...lists]
  return lines.map((cells) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`).join('\n')
}

/** The names that other programs have for it. */
const alsoNamed = (names: OptionRow['otherVariables'] = []): string =>
  names.length === 0 ? '' : ` Also the variable ${names.map((name) => `\`${name}\``).join(', ')}.`

/**
 * The document with the table between its markers, and everything else as it was.
 * Throws when the document lacks the markers.
 */
export function withTable(document: string): string {
  const { start, end } = tableMarkers
  const [from, to] = [document.indexOf(start), document.indexOf(end)]
  if (from < 0 || to < from)
    throw new Error(`The document needs the lines ${start} and ${end}, for the table between them.`)
  return `${document.slice(0, from + start.length)}\n${renderTable()}\n${document.slice(to)}`
}
