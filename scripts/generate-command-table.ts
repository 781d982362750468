const markers = { start: '<!-- commands:start -->', end: '<!-- commands:end -->' }

/**
 * The document with the table of all commands between its markers, and everything else as it was. A document without
 * markers comes back as it is.
 */
export async function withCommandTable(document: string): Promise<string> {
  const [from, to] = [document.indexOf(markers.start), document.indexOf(markers.end)]
  if (from < 0 || to < from) return document
  const { commands } = await import('../src/cli/run.ts')
  const rows = commands.map(({ name, usage, summary, aliases = [] }) => [
    `\`hearth ${name}${usage ? ` ${usage}` : ''}\``,
    `${summary}${aliases.length > 0 ? ` (also: ${aliases.join(', ')})` : ''}`,
  ])
  const lines = [['Command', 'What it does'], ['---', '---'], ...rows]
  const table = lines.map((cells) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`).join('\n')
  return `${document.slice(0, from + markers.start.length)}\n${table}\n${document.slice(to)}`
}
