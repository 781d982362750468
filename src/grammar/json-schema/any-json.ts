import { character, choice, optional, repeat, sequence, text } from '../expressions.ts'
import type { Expression } from '../grammar.ts'
import type { RuleBook } from '../rule-book.ts'
import { jsonAnyCharacter } from './json-characters.ts'

const digit = character([[0x30, 0x39]])
const positiveDigit = character([[0x31, 0x39]])

/** The text of any JSON value, written like Python's `json.dumps` does: one space behind `:` and `,`, and no other. */
export function anyJsonValue(book: RuleBook): Expression {
  return book.once('json-value', () =>
    choice(
      anyJsonObject(book),
      anyJsonArray(book),
      anyJsonString(book),
      anyJsonNumber(book),
      text('true'),
      text('false'),
      text('null'),
    ),
  )
}

export function anyJsonObject(book: RuleBook): Expression {
  return book.once('json-object', () => {
    const member = sequence(anyJsonString(book), text(': '), anyJsonValue(book))
    return sequence(text('{'), optional(sequence(member, repeat(sequence(text(', '), member)))), text('}'))
  })
}

export function anyJsonArray(book: RuleBook): Expression {
  return book.once('json-array', () => {
    const item = anyJsonValue(book)
    return sequence(text('['), optional(sequence(item, repeat(sequence(text(', '), item)))), text(']'))
  })
}

export function anyJsonString(book: RuleBook): Expression {
  return book.once('json-string', () => sequence(text('"'), repeat(jsonAnyCharacter(book)), text('"')))
}

/** A number that is finite however it is read: its digits are bounded. */
export function anyJsonNumber(book: RuleBook): Expression {
  return book.once('json-number', () =>
    sequence(
      optional(text('-')),
      choice(text('0'), sequence(positiveDigit, repeat(digit, 0, 15))),
      optional(sequence(text('.'), repeat(digit, 1, 16))),
      optional(
        sequence(
          character([
            [0x45, 0x45],
            [0x65, 0x65],
          ]),
          optional(
            character([
              [0x2b, 0x2b],
              [0x2d, 0x2d],
            ]),
          ),
          repeat(digit, 1, 2),
        ),
      ),
    ),
  )
}
