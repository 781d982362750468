import { harmless } from './styles.ts'

/**
 * Rows of cells as lines of columns, each as wide as its widest cell; the first row is the heading. Cells come from files
 * and servers too: what would move the cursor, or begin another line, is left out.
 */
export function textTable(rows: readonly (readonly string[])[]): string {
  const clean = rows.map((row) => row.map((cell) => harmless(cell.replace(/\s/g, ' '))))
  const widths: number[] = []
  for (const row of clean)
    for (const [column, cell] of row.entries()) widths[column] = Math.max(widths[column] ?? 0, shownWidth(cell))
  const line = (row: readonly string[]) =>
    row
      .map((cell, column) => cell + ' '.repeat((widths[column] ?? 0) - shownWidth(cell)))
      .join('  ')
      .trimEnd()
  return clean.map((row) => `${line(row)}\n`).join('')
}

const characters = new Intl.Segmenter()
const isWide =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Emoji_Presentation}\uff01-\uff60]/u

/** Columns of a terminal that a text takes: an accent none of its own, Chinese and the like two. */
export function shownWidth(text: string): number {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: those of ASCII need no closer look.
  if (/^[\u0000-\u007f]*$/.test(text)) return text.length
  let width = 0
  for (const { segment } of characters.segment(text)) width += isWide.test(segment) ? 2 : 1
  return width
}
