const words =
  'the river runs past old houses where people sit at open windows and talk about rain bread letters horses and the long road to town'.split(
    ' ',
  )

/** A text of about so many tokens that no cache can know: its first word is another one each time. */
export function madeUpText(tokens: number): string {
  const chosen = Array.from({ length: Math.max(1, tokens - 8) }, () => words[Math.floor(Math.random() * words.length)])
  return `${Math.random().toString(36).slice(2, 8)} ${chosen.join(' ')}`
}
