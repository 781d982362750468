import { character, choice, optional, repeat, sequence, text } from '../grammar/expressions.ts'
import type { Expression } from '../grammar/grammar.ts'
import type { RuleBook } from '../grammar/rule-book.ts'

export function anyJsonObject(book: RuleBook): Expression {
  const letter = choice(
    character([
      [0x20, 0x21],
      [0x23, 0x5b],
      [0x5d, 0x10ffff],
    ]),
    sequence(
      text('\\'),
      character([
        [0x22, 0x22],
        [0x2f, 0x2f],
        [0x5c, 0x5c],
        [0x6e, 0x6e],
        [0x74, 0x74],
      ]),
    ),
  )
  const string = sequence(text('"'), repeat(letter), text('"'))
  const digits = repeat(character([[48, 57]]), 1)
  const number = sequence(
    optional(text('-')),
    choice(text('0'), sequence(character([[49, 57]]), repeat(character([[48, 57]])))),
    optional(sequence(text('.'), digits)),
  )
  const list = (item: Expression) => optional(sequence(item, repeat(sequence(text(', '), item))))
  const value = book.reserve('any-value')
  const object = sequence(text('{'), list(sequence(string, text(': '), value)), text('}'))
  const array = sequence(text('['), list(value), text(']'))
  book.fill(value, choice(string, number, text('true'), text('false'), text('null'), object, array))
  return object
}

export const jsonSchemaExpression = (_schema: object, { book }: { book: RuleBook }): Expression => anyJsonObject(book)
