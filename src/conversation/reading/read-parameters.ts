import type { ParameterSyntax } from '../conversation-syntax.ts'
import { type AnswerText, isSpace, type Reading } from './answer-text.ts'
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
 * is given as it stands. Undefined: neither of them; false: they break off, and so does the JSON.
 */
export function* passParameters(text: AnswerText, options: ParameterOptions): Reading<boolean | undefined> {
  const { syntax } = options
  yield* text.skipSpace()
  if ((yield* text.next()) === '{' && syntax.open === '') {
    options.begin()
    return yield* passJson(text, (piece) => text.giveArguments(piece))
  }
  if (syntax.open !== '' && !(yield* text.takeLoosely(syntax.open))) return undefined
  options.begin()
  text.giveArguments('{')
  let count = 0
  for (;;) {
    if (syntax.close !== '' && (yield* text.takeLoosely(syntax.close))) break
    if (count > 0) yield* text.takeLoosely(syntax.between)
    const key = yield* readKey(text, syntax)
    if (key === undefined) break
    text.giveArguments(`${count > 0 ? ', ' : ''}${JSON.stringify(key)}: `)
    count++
    if (!(yield* passValue(text, options, key))) return false
    yield* text.takeLoosely(syntax.afterValue)
    text.forget()
  }
  if (text.isEnded && text.ahead === '' && syntax.close !== '') return false
  text.giveArguments('}')
  return true
}

/** Undefined: no parameter stands here. */
function* readKey(text: AnswerText, { beforeKey, afterKey }: ParameterSyntax): Reading<string | undefined> {
  const start = text.place
  let key = ''
  if (beforeKey === '' || (yield* text.takeLoosely(beforeKey))) {
    const end = afterKey.trimStart()[0]
    for (let next = yield* text.next(); next !== undefined && next !== end; next = yield* text.next())
      key += text.advance(1)
    if (key.trim() !== '' && (yield* takeExactly(text, afterKey))) return key.trim()
  }
  text.moveTo(start)
  return undefined
}

/** White space behind the key is part of a string, except for what the family writes there. */
function* takeExactly(text: AnswerText, afterKey: string): Reading<boolean> {
  const bare = afterKey.trimEnd()
  if (!(yield* text.take(bare))) return false
  for (const letter of afterKey.slice(bare.length)) if (!(yield* text.take(letter))) break
  return true
}

function* passValue(text: AnswerText, { syntax, strings }: ParameterOptions, key: string): Reading<boolean> {
  const { open, close } = syntax.string
  if (open !== '' ? yield* text.take(open) : strings.has(key)) return yield* passString(text, close)
  yield* text.skipSpace()
  return yield* passJson(text, (piece) => text.giveArguments(piece))
}

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

/** Whether the text is white space only. */
export const isBlank = (text: string): boolean => [...text].every(isSpace)
