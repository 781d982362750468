import { character, choice, optional, type Ranges, repeat, sequence, special, text } from '../grammar/expressions.ts'
import type { Expression } from '../grammar/grammar.ts'
import type { CallPart, CallSyntax } from './conversation-syntax.ts'

/** A function that may be called. */
export interface CallableFunction {
  readonly name: string
  /** What its arguments may be, in the syntax's own way to write them. */
  readonly arguments: Expression
  /** Names of the parameters that are written as strings without quotes. */
  readonly strings: ReadonlySet<string>
}

/** The calls of one answer: one, or several where the syntax and the request know that. */
export function callsExpression(
  syntax: CallSyntax,
  functions: readonly CallableFunction[],
  isParallel: boolean,
): Expression {
  const call = callExpression(syntax, functions)
  const more = isParallel && syntax.between ? repeat(sequence(partsExpression(syntax.between), call)) : text('')
  return sequence(partsExpression(syntax.open), call, more, partsExpression(syntax.close))
}

/** What all functions begin with together is written once, so that there is no choice before the name. */
function callExpression({ call }: CallSyntax, functions: readonly CallableFunction[]): Expression {
  const atName = call.findIndex((part) => part.type === 'name')
  const atArguments = call.findIndex((part) => part.type === 'arguments')
  const between = partsExpression(call.slice(atName + 1, atArguments))
  return sequence(
    partsExpression(call.slice(0, atName)),
    choice(...functions.map((each) => sequence(text(each.name), between, each.arguments))),
    partsExpression(call.slice(atArguments + 1)),
  )
}

function partsExpression(parts: readonly CallPart[]): Expression {
  return sequence(...parts.map(partExpression))
}

const digit = character([[0x30, 0x39]])

const lettersAndDigits: Ranges = [
  [0x30, 0x39],
  [0x41, 0x5a],
  [0x61, 0x7a],
]

function partExpression(part: CallPart): Expression {
  if (part.type === 'mark') return part.isOptional ? optional(special(part.text)) : special(part.text)
  if (part.type === 'text') return text(part.text)
  return part.type === 'own' && part.kind === 'letters'
    ? repeat(character(lettersAndDigits), 9, 9)
    : repeat(digit, 1, 4)
}
