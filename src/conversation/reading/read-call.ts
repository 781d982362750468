import type { CallPart, CallSyntax } from '../conversation-syntax.ts'
import { type AnswerText, isSpace, type Reading, type Taken } from './answer-text.ts'
import { passJson } from './read-json.ts'
import { passParameters, type StringNames } from './read-parameters.ts'

/** What a reader has to know of the calls that may come. */
export interface ExpectedCalls {
  readonly syntax: CallSyntax
  /** Nothing but calls stands beside them, so what comes later in a text is none. */
  readonly standAlone: boolean
  /** By the names that may be called: the parameters that are strings without quotes, where the syntax has such. */
  readonly functions: ReadonlyMap<string, StringNames>
  /** A new id for a call, or the one that its text has. */
  makeId(own: string | undefined): string
}

/**
 * Reads the calls of an answer, from the mark before the first one on. Answers false, with the place where it was, when
 * there is no call after all; what follows the last call is left.
 */
export function* readCalls(text: AnswerText, expected: ExpectedCalls): Reading<boolean> {
  const { open, close, between } = expected.syntax
  const start = text.place
  if ((yield* takeParts(text, open)) !== 'taken' || !(yield* readCall(text, expected))) {
    text.moveTo(start)
    return false
  }
  while (between) {
    const behind = text.place
    if ((yield* takeParts(text, between)) === 'taken' && (yield* readCall(text, expected))) continue
    text.moveTo(behind)
    break
  }
  yield* passParts(text, close)
  text.forget()
  return true
}

/** Answers whether a call has begun; from there on there is no way back, and a call that breaks off stays as it is. */
function* readCall(text: AnswerText, expected: ExpectedCalls): Reading<boolean> {
  const { call } = expected.syntax
  const split = call.findIndex((part) => part.type === 'arguments')
  const head = yield* readHead(text, call.slice(0, split))
  const strings = head && expected.functions.get(head.name)
  if (!head || !strings || (yield* text.next()) === undefined) return false
  const { parameters, ownId } = expected.syntax
  const begin = () => text.beginCall(expected.makeId(ownId?.(head.name, head.own)), head.name)
  const isWhole = parameters
    ? yield* passParameters(text, { syntax: parameters, strings, begin })
    : yield* passObject(text, begin)
  if (isWhole === undefined) return false
  if (isWhole) yield* passParts(text, call.slice(split + 1))
  text.forget()
  return true
}

/** Moves past the parts, or as far as the answer goes; where something else stands, it stays before them. */
function* passParts(text: AnswerText, parts: readonly CallPart[]): Reading<void> {
  const start = text.place
  if ((yield* takeParts(text, parts)) === 'missing') text.moveTo(start)
}

/** Undefined: no object stands here. */
export function* passObject(text: AnswerText, begin: () => void): Reading<boolean | undefined> {
  if ((yield* text.next()) !== '{') return undefined
  begin()
  return yield* passJson(text, (piece) => text.giveArguments(piece))
}

interface Head {
  readonly name: string
  readonly own: string
}

function* readHead(text: AnswerText, parts: readonly CallPart[]): Reading<Head | undefined> {
  let name = ''
  let own = ''
  for (const [index, part] of parts.entries()) {
    if (part.type === 'name') name = yield* readName(text, parts[index + 1])
    else if (part.type === 'own') own = yield* readOwn(text)
    else if ((yield* takeParts(text, [part])) !== 'taken') return undefined
  }
  return { name, own }
}

/** A name ends at white space, where what stands behind it begins, and where arguments may begin. */
function* readName(text: AnswerText, after: CallPart | undefined): Reading<string> {
  const first = after && 'text' in after ? after.text.trimStart()[0] : undefined
  const ends = [first ?? '<', first ?? '{']
  let name = ''
  for (;;) {
    const next = yield* text.next()
    if (next === undefined || ends.includes(next) || isSpace(next)) return name
    name += text.advance(1)
  }
}

function* readOwn(text: AnswerText): Reading<string> {
  let own = ''
  for (let next = yield* text.next(); next !== undefined && /[A-Za-z\d]/.test(next); next = yield* text.next())
    own += text.advance(1)
  return own
}

/** Marks and texts, one after the other. */
function* takeParts(text: AnswerText, parts: readonly CallPart[]): Reading<Taken> {
  for (const part of parts) {
    if (part.type === 'own') yield* readOwn(text)
    if (part.type !== 'mark' && part.type !== 'text') continue
    const taken = yield* text.takeLoosely(part.text)
    if (taken === 'cut' || (taken === 'missing' && !('isOptional' in part))) return taken
  }
  return 'taken'
}
