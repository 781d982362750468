/** A text that a vocabulary reads as a control token, and what of the white space around it belongs to that token. */
export interface ControlText {
  readonly text: string
  readonly takesSpaceBefore?: boolean
  readonly takesSpaceBehind?: boolean
}

/** A stretch of what is to be read. */
export interface Stretch {
  readonly text: string
  /** Whether the names of control tokens in it are those tokens. */
  readonly readsControls: boolean
}

/** In front of UTF-16 units that stand for themselves only: plane 15 is of private use, and has room for each of them. */
const disguisePlane = 0xf0000
const disguised = /[\u{F0000}-\u{FFFFF}]/gu
const space = /[ \t\n\v\f\r]/

/**
 * Keeps the control tokens of a vocabulary out of what was only said. `disguise` puts a character of private use in place of
 * the first one of each control text, so that templates can cut, trim and join what is said as they want; whatever is left of
 * it is known by that character afterwards, and read as plain text.
 */
export class ControlTexts {
  readonly #known: ReadonlyMap<string, ControlText>
  /** Everything that a control text begins with, itself excepted. */
  readonly #beginnings = new Set<string>()
  readonly #heads: string
  /** What stands behind the first character of each control text, with an end behind it. */
  #remainders: string | undefined

  constructor(texts: Iterable<ControlText>) {
    this.#known = new Map([...texts].filter(({ text }) => text.trim() !== '').map((each) => [each.text, each]))
    for (const text of this.#known.keys())
      for (let end = 1; end < text.length; end++) this.#beginnings.add(text.slice(0, end))
    const heads = new Set([...this.#known.keys()].map((text) => text.codePointAt(0) ?? 0))
    this.#heads = [...heads].map((code) => `\\u{${code.toString(16)}}`).join('')
  }

  /**
   * The same text where no control text is in it. A text's end that only what follows could make one counts as one: it may be
   * joined to another.
   */
  disguise(text: string): string {
    return text.replace(this.#searched('\\u{F0000}-\\u{FFFFF}'), (head, at: number) =>
      (head.codePointAt(0) ?? 0) >= disguisePlane || this.#opensAt(text, at) ? disguiseOf(head) : head,
    )
  }

  /**
   * As `disguise`, for names that templates put between marks: `<` in front of one may be what it lacks to be a control text.
   * Plain words stay as they are unless they stand in one between angle brackets.
   */
  disguiseName(name: string): string {
    const hidden = this.disguise(name)
    const first = String.fromCodePoint(name.codePointAt(0) ?? 0)
    return hidden.startsWith(first) && this.#goesOnAs(name) ? disguiseOf(first) + hidden.slice(first.length) : hidden
  }

  /** What was disguised. */
  reveal(text: string): string {
    return text.replace(disguised, (letter) => String.fromCharCode((letter.codePointAt(0) ?? 0) - disguisePlane))
  }

  /**
   * Cuts a text at control texts, so that a stretch with something disguised in it is read whole and as plain text. Tokenizers
   * cut there too: the tokens of all stretches are those of the whole text.
   */
  stretches(text: string): readonly Stretch[] {
    const stretches: Stretch[] = []
    let taken = 0
    let from = 0
    let before: ControlText | undefined
    const end = (at: number, behind?: ControlText) => {
      const said = text.slice(from, at)
      if (said.search(disguised) >= 0) {
        if (taken < from) stretches.push({ text: text.slice(taken, from), readsControls: true })
        const plain = trimmed(this.reveal(said), before, behind)
        if (plain !== '') stretches.push({ text: plain, readsControls: false })
        taken = at
      }
    }
    for (const { at, control } of this.#controlsIn(text)) {
      end(at, control)
      from = at + control.text.length
      before = control
    }
    end(text.length)
    if (taken < text.length) stretches.push({ text: text.slice(taken), readsControls: true })
    return stretches
  }

  *#controlsIn(text: string): Iterable<{ readonly at: number; readonly control: ControlText }> {
    const search = this.#searched('')
    for (let found = search.exec(text); found; found = search.exec(text)) {
      const control = this.#longestAt(text, found.index)
      if (!control) continue
      yield { at: found.index, control }
      search.lastIndex = found.index + control.text.length
    }
  }

  /** An empty class matches nothing. */
  #searched(more: string): RegExp {
    return new RegExp(`[${this.#heads}${more}]`, 'gu')
  }

  #opensAt(text: string, at: number): boolean {
    for (let end = at + 1; end <= text.length; end++) {
      const piece = text.slice(at, end)
      if (this.#known.has(piece)) return true
      if (!this.#beginnings.has(piece)) return false
    }
    return true
  }

  /** Whether a control text that has begun could end in a name, or behind it. */
  #goesOnAs(name: string): boolean {
    this.#remainders ??= [...this.#known.keys()].map((text) => `${text.slice(1)}\0`).join('')
    for (let end = 1; end <= name.length; end++) {
      const piece = name.slice(0, end)
      if (!this.#remainders.includes(piece)) return false
      if (this.#remainders.includes(`${piece}\0`)) return true
    }
    return !/^\w+$/.test(name) || this.#known.has(`<${name}>`) || this.#known.has(`</${name}>`)
  }

  #longestAt(text: string, at: number): ControlText | undefined {
    let longest: ControlText | undefined
    for (let end = at + 1; end <= text.length; end++) {
      const piece = text.slice(at, end)
      longest = this.#known.get(piece) ?? longest
      if (!this.#beginnings.has(piece)) break
    }
    return longest
  }
}

/** Each unit for itself: a character outside of the basic plane has two of them. */
const disguiseOf = (character: string): string =>
  Array.from({ length: character.length }, (_, at) =>
    String.fromCodePoint(disguisePlane + character.charCodeAt(at)),
  ).join('')

function trimmed(text: string, before: ControlText | undefined, behind: ControlText | undefined): string {
  let start = 0
  let end = text.length
  if (before?.takesSpaceBehind) while (start < end && space.test(text[start] ?? '')) start++
  if (behind?.takesSpaceBefore) while (end > start && space.test(text[end - 1] ?? '')) end--
  return text.slice(start, end)
}
