import type { ParameterSyntax } from '../conversation-syntax.ts'
import type { AnswerText, Reading } from './answer-text.ts'
import { passJson } from './read-json.ts'
import { firstMark, possibleMarkLength } from './read-until.ts'

/** Names of the parameters that are written as strings without quotes. */
export type StringNames = ReadonlySet<string>

interface ParameterOptions {
  readonly syntax: ParameterSyntax
  readonly strings: StringNames
  /** Called once it is clear that arguments follow. */
  readonly begin: () => void
}

/**
 * Reads parameters that stand one by one, and gives them as the JSON text of an object. One JSON object in their place
 * is given as it stands. Undefined: neither of them; false: they break off.
 */
export function* passParameters(text: AnswerText, options: ParameterOptions): Reading<boolean | undefined> {
  const { open, close, between } = options.syntax
  const start = text.place
  yield* text.skipSpace()
  if (yield* isJson(text, open)) {
    options.begin()
    return yield* passJson(text, (piece) => text.giveArguments(piece))
  }
  if (open !== '' && (yield* text.takeLoosely(open)) !== 'taken') {
    text.moveTo(start)
    return undefined
  }
  options.begin()
  text.giveArguments('{')
  for (let count = 0; ; count++) {
    if (close !== '' && (yield* text.takeLoosely(close)) === 'taken') break
    if (count > 0) yield* text.takeLoosely(between)
    const key = yield* readKey(text, options.syntax)
    if (text.isEnded && text.ahead === '') return false
    if (key === undefined) break
    text.giveArguments(`${count > 0 ? ', ' : ''}${JSON.stringify(key)}: `)
    if (!(yield* passValue(text, options, key))) return false
  }
  text.giveArguments('}')
  return true
}

/** Whether a whole JSON object stands here: a brace, and where parameters have one too, a quote behind it. */
function* isJson(text: AnswerText, open: string): Reading<boolean> {
  if ((yield* text.next()) !== '{' || open === '') return (yield* text.next()) === '{'
  const start = text.place
  text.advance(1)
  yield* text.skipSpace()
  const isQuote = (yield* text.next()) === '"'
  text.moveTo(start)
  return isQuote
}

/** Undefined: no parameter stands here, or the answer ends in its name; then the place is the end. */
function* readKey(text: AnswerText, { beforeKey, afterKey }: ParameterSyntax): Reading<string | undefined> {
  const start = text.place
  const taken = yield* text.takeLoosely(beforeKey)
  if (taken !== 'taken') return undefined
  const end = afterKey.trimStart()[0]
  let key = ''
  for (let next = yield* text.next(); next !== end; next = yield* text.next()) {
    if (next === undefined) return undefined
    key += text.advance(1)
  }
  const isWhole = yield* takeExactly(text, afterKey)
  if (key.trim() !== '' && isWhole) return key.trim()
  if (!text.isEnded) text.moveTo(start)
  return undefined
}

/** White space behind the key is part of a string, except for what the family writes there. */
function* takeExactly(text: AnswerText, afterKey: string): Reading<boolean> {
  const bare = afterKey.trimEnd()
  for (const part of bare.split(/\s+/)) {
    if (!(yield* text.take(part))) return false
    if (!bare.endsWith(part)) yield* text.skipSpace()
  }
  for (const letter of afterKey.slice(bare.length)) if (!(yield* text.take(letter))) break
  return true
}

function* passValue(text: AnswerText, { syntax, strings }: ParameterOptions, key: string): Reading<boolean> {
  const { open, close } = syntax.string
  const isString = open !== '' ? yield* text.take(open) : strings.has(key)
  if (isString) {
    if (!(yield* passString(text, close))) return false
  } else {
    yield* text.skipSpace()
    if (!(yield* passJson(text, (piece) => text.giveArguments(piece)))) return false
  }
  const rest = isString ? afterString(syntax) : syntax.afterValue
  yield* text.takeLoosely(rest)
  text.forget()
  return true
}

/** What stands behind a string, its own end apart. */
export const afterString = ({ afterValue, string }: ParameterSyntax): string =>
  afterValue.startsWith(string.close) ? afterValue.slice(string.close.length) : afterValue

/** Gives a string that stands without escapes as a JSON string. */
function* passString(text: AnswerText, close: string): Reading<boolean> {
  text.giveArguments('"')
  for (;;) {
    const ahead = text.ahead
    const found = firstMark(ahead, [close])
    const length = found ? found.at : ahead.length - (text.isEnded ? 0 : possibleMarkLength(ahead, [close]))
    text.giveArguments(JSON.stringify(text.advance(length)).slice(1, -1))
    text.forget()
    if (found) break
    if (text.isEnded) return false
    yield
  }
  text.advance(close.length)
  text.giveArguments('"')
  return true
}
