import { character, choice, complementRanges, optional, sequence, special, text } from '../grammar/expressions.ts'
import { anyText, textWithout } from '../grammar/free-text.ts'
import type { Expression } from '../grammar/grammar.ts'
import type { RuleBook } from '../grammar/rule-book.ts'
import type { AnswerWish } from './answer-wish.ts'
import { callsExpression } from './call-grammar.ts'
import type { ConversationSyntax, ReasoningSyntax } from './conversation-syntax.ts'
import { markedText } from './marked-text.ts'
import { triggerOf } from './trigger.ts'

/** The grammar of an answer of thinking, text and calls one after the other; undefined where any text will do. */
export function markedGrammar(syntax: ConversationSyntax, wish: AnswerWish, book: RuleBook): Expression | undefined {
  if (!wish.calls && !wish.content) return undefined
  const body = bodyExpression(syntax, wish, book)
  return syntax.reasoning ? sequence(thinkingExpression(syntax.reasoning, wish.thinking, book), body) : body
}

function thinkingExpression(
  { open, close, gap }: ReasoningSyntax,
  thinking: AnswerWish['thinking'],
  book: RuleBook,
): Expression {
  if (thinking === 'none') return text('')
  const rest = sequence(textWithout(book, close), special(close), optional(text(gap)))
  return thinking === 'begun' ? rest : optional(sequence(markedText(open), rest))
}

function bodyExpression(syntax: ConversationSyntax, { calls, content }: AnswerWish, book: RuleBook): Expression {
  const held = content && framed(syntax, content)
  if (!calls) return held ?? anyText()
  const call = callsExpression(syntax.calls, calls.functions, calls.isParallel)
  if (calls.isForced) return call
  if (held) return choice(call, held)
  const trigger = triggerOf(syntax.calls)
  return trigger === undefined
    ? choice(call, textNotBeginningWith('{'))
    : sequence(textWithout(book, trigger), optional(call))
}

const framed = ({ frame }: ConversationSyntax, content: Expression): Expression =>
  frame ? sequence(optional(special(frame.open)), content, optional(special(frame.close))) : content

function textNotBeginningWith(letter: string): Expression {
  const code = letter.codePointAt(0) ?? 0
  const blanks: (readonly [number, number])[] = [
    [9, 10],
    [13, 13],
    [32, 32],
    [code, code],
  ]
  return optional(sequence(character(complementRanges(blanks)), anyText()))
}
