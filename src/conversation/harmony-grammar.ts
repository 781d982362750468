import { choice, optional, repeat, sequence, special, text } from '../grammar/expressions.ts'
import { anyText, textWithout } from '../grammar/free-text.ts'
import type { Expression } from '../grammar/grammar.ts'
import type { RuleBook } from '../grammar/rule-book.ts'
import type { AnswerWish } from './answer-wish.ts'
import type { CallableFunction } from './call-grammar.ts'
import { markedText } from './marked-text.ts'

/** Behind the end of a message that is not the last. */
const nextMessage = '<|end|><|start|>assistant'

/** The grammar of an answer of harmony messages, from behind `<|start|>assistant`; undefined where any text will do. */
export function harmonyGrammar(wish: AnswerWish, book: RuleBook): Expression | undefined {
  const { calls, content, thinking } = wish
  if (!calls && !content) return undefined
  const said = content ?? anyText()
  if (thinking === 'none') return said
  const body = sequence(textWithout(book, '<|end|>'), markedText(nextMessage))
  const before = repeat(
    choice(
      sequence(markedText('<|channel|>analysis<|message|>'), body),
      ...(calls?.isForced || content ? [] : [sequence(markedText('<|channel|>commentary<|message|>'), body)]),
    ),
  )
  const final = sequence(markedText('<|channel|>final'), kind(content), special('<|message|>'), said)
  const call = calls && choice(...calls.functions.flatMap(callExpressions))
  const last = !call ? final : calls?.isForced ? call : choice(call, final)
  return thinking === 'begun' ? sequence(body, before, last) : sequence(before, last)
}

const kind = (content: Expression | undefined): Expression =>
  content ? optional(sequence(text(' '), special('<|constrain|>'), text('json'))) : text('')

/** The function stands behind the channel, as the model learnt it, or before it, as templates write the history. */
function callExpressions({ name, arguments: values }: CallableFunction): readonly Expression[] {
  const rest = sequence(optional(special('<|constrain|>')), text('json'), special('<|message|>'), values)
  return [
    sequence(markedText('<|channel|>commentary'), text(` to=functions.${name} `), rest),
    sequence(text(` to=functions.${name}`), markedText('<|channel|>commentary'), text(' '), rest),
  ]
}
