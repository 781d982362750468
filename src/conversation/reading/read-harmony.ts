import type { AnswerText, Reading } from './answer-text.ts'
import type { ExpectedAnswer } from './read-answer.ts'
import { passObject } from './read-call.ts'
import { readUntil } from './read-until.ts'

const ends = ['<|end|>', '<|return|>', '<|call|>']
const beginnings = ['<|start|>', '<|channel|>', ' to=', '<|message|>']
/** A header is a channel, a recipient and a kind of content; what is longer is no header. */
const longestHeader = 256

/**
 * Reads an answer of OpenAI's harmony format: messages in channels. What is in none is content.
 * `beginsThinking` and `beginsContent` tell that the prompt ends within a message.
 */
export function* readHarmony(
  text: AnswerText,
  expected: ExpectedAnswer & { readonly beginsContent: boolean },
): Reading<void> {
  if (expected.beginsThinking) yield* passMessage(text, 'reasoning')
  else if (expected.beginsContent) yield* passMessage(text, 'content')
  while (!text.isEnded || text.ahead !== '') {
    const header = yield* readHeader(text)
    if (header === undefined) yield* passStray(text)
    else yield* readMessage(text, header, expected)
  }
}

function* readMessage(text: AnswerText, header: string, { calls }: ExpectedAnswer): Reading<void> {
  const called = /to=functions\.([^\s<]+)/.exec(header)?.[1]
  if (calls && called !== undefined && calls.functions.has(called)) {
    yield* text.skipSpace()
    const begun = yield* passObject(text, () => text.beginCall(calls.makeId(undefined), called))
    if (begun !== undefined) yield* text.skipSpace()
  }
  yield* passMessage(text, /<\|channel\|>\s*analysis/.test(header) ? 'reasoning' : 'content')
}

/** Gives the rest of a message, and moves past its end. */
function* passMessage(text: AnswerText, type: 'content' | 'reasoning'): Reading<void> {
  text.isReasoning = type === 'reasoning'
  const found = yield* readUntil(text, { type, marks: [...ends, '<|start|>', '<|channel|>'], trims: false })
  text.isReasoning = false
  if (found && ends.includes(found.mark)) text.advance(found.mark.length)
  text.forget()
}

/** What stands between messages without a header. */
function* passStray(text: AnswerText): Reading<void> {
  const mark = [...beginnings, ...ends].find((each) => text.ahead.startsWith(each))
  if (mark && ends.includes(mark)) text.advance(mark.length)
  else if (mark) text.give('content', mark.length)
  yield* readUntil(text, { type: 'content', marks: ['<|start|>', '<|channel|>', ...ends], trims: false })
}

/** What stands before `<|message|>`, past which it moves; undefined, without a move, when no header stands here. */
function* readHeader(text: AnswerText): Reading<string | undefined> {
  for (;;) {
    const ahead = text.ahead
    const at = ahead.indexOf('<|message|>')
    const mayBegin = beginnings.some((mark) => ahead.startsWith(mark) || mark.startsWith(ahead))
    if (!mayBegin || (at < 0 && (text.isEnded || ahead.length > longestHeader))) return undefined
    if (at > longestHeader || (at >= 0 && ends.some((end) => ahead.slice(0, at).includes(end)))) return undefined
    if (at >= 0) {
      const header = text.advance(at)
      text.advance('<|message|>'.length)
      text.forget()
      return header
    }
    yield
  }
}
