/** What a document shows to be typed, a command each, in the words that a shell would make of it. */
export function shownCommands(markdown: string): readonly (readonly string[])[] {
  const blocks = [...markdown.matchAll(/^```(?:sh|powershell)\n(.*?)^```/gms)].map(([, lines = '']) => lines)
  const inline = [...markdown.replace(/^```.*?^```/gms, '').matchAll(/`([^`\n]+)`/g)].map(([, code = '']) => code)
  return [...blocks.flatMap((block) => block.replaceAll('\\\n', ' ').split('\n')), ...inline].flatMap(commandsOf)
}

/** The commands of one line of a shell: what stands behind `sudo`, before a `|`, without its variables and its comment. */
export function commandsOf(line: string): readonly (readonly string[])[] {
  return line
    .replace(/"[^"]*"|'[^']*'/g, (quoted) => quoted.replaceAll(' ', blank).slice(1, -1))
    .replace(/(^|\s)#.*$/, '')
    .replace(/ -u \w+/, '')
    .replaceAll('\\|', '|')
    .split(/\s[|<>]\s|[|;]|&&|\$\(|<\(|\)/)
    .map((command) =>
      command
        .trim()
        .split(/\s+/)
        .map((word) => word.replaceAll(blank, ' ')),
    )
    .map(withoutBeginning)
    .filter((words) => words.length > 0)
}

const blank = '\u0000'

/** `sudo -u hearth`, `docker compose exec cpu` and `NAME=value` are about where, not what. */
function withoutBeginning(words: readonly string[]): readonly string[] {
  const at = words.findIndex((word) => /^(?:(?:\.\/)?hearth(?:-linux-x64)?|npm|sh)$/.test(word))
  const before = words.slice(0, Math.max(at, 0))
  const isKnown = before.length === 0 || /^(?:sudo|docker compose exec|\w+=)/.test(before.join(' '))
  return at >= 0 && isKnown ? [(words[at] ?? '').replace(/^(?:\.\/)?hearth.*/, 'hearth'), ...words.slice(at + 1)] : []
}
