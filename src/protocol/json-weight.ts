/** How many values JSON of a client may have, in all of its lists and objects together. */
export const mostJsonValues = 2 ** 20

/** What reading a text of JSON would take. */
export interface JsonWeight {
  /** The deepest place: 1 within a list that stands alone. */
  readonly depth: number
  /** About: what commas part, and one for each list or object. */
  readonly values: number
}

const [quote, comma, backslash] = ['"', ',', '\\'].map((mark) => mark.charCodeAt(0))
const [openList, closeList, openObject, closeObject] = ['[', ']', '{', '}'].map((mark) => mark.charCodeAt(0))

/** Looks at the marks of a text alone, and makes nothing of it. Of what is no JSON it tells nothing sensible. Never throws. */
export function weighJson(text: string): JsonWeight {
  let [level, depth, values] = [0, 0, 1]
  for (let at = 0; at < text.length; at++) {
    const mark = text.charCodeAt(at)
    if (mark === quote) at = endOfString(text, at)
    else if (mark === comma) values++
    else if (mark === openList || mark === openObject) {
      values++
      if (++level > depth) depth = level
    } else if (mark === closeList || mark === closeObject) level--
  }
  return { depth, values }
}

/** The place of the closing quote; most of a long text is within strings. */
function endOfString(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end >= 0; end = text.indexOf('"', end + 1)) {
    let before = end - 1
    while (text.charCodeAt(before) === backslash) before--
    if ((end - before) % 2 === 1) return end
  }
  return text.length
}
