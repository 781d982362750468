import {
  anyCharacter,
  character,
  choice,
  complementRanges,
  isNever,
  rangesOf,
  repeat,
  sequence,
  special,
  text,
} from './expressions.ts'
import { GbnfScanner } from './gbnf-scanner.ts'
import type { Expression, Grammar } from './grammar.ts'

const maxLength = 1_000_000
const maxClasses = 5000
const maxDepth = 200
const maxRepetitions = 1_000_000

/**
 * Reads GBNF, the notation of grammars of llama.cpp (its `grammars/README.md`, and `src/llama-grammar.cpp` where that
 * says nothing): rules, texts, classes of characters, groups, repetitions, comments, and control tokens by their text
 * (`<think>`). Tokens by their id (`<[1000]>`) and tokens that are not to come (`!<think>`) are refused, as a grammar is
 * tied to no vocabulary here. Throws `GrammarProblem`. The rule named `root` is where a text begins.
 */
export function parseGbnf(source: string): Grammar {
  const scanner = new GbnfScanner(source)
  if (source.length > maxLength) scanner.fail(`The grammar is longer than ${maxLength} characters`)
  const reader = new GbnfReader(scanner)
  return reader.read()
}

class GbnfReader {
  readonly #scanner: GbnfScanner
  readonly #rules = new Map<string, Expression>()
  /** Where each rule was first called. */
  readonly #calls = new Map<string, number>()
  #depth = 0
  #classes = 0

  constructor(scanner: GbnfScanner) {
    this.#scanner = scanner
  }

  read(): Grammar {
    const scanner = this.#scanner
    scanner.skipSpace(true)
    while (!scanner.isAtEnd) this.#readRule()
    for (const [name, at] of this.#calls)
      if (!this.#rules.has(name)) scanner.fail(`There is no rule with the name "${name}"`, at)
    const root = this.#rules.get('root')
    if (!root) return scanner.fail('There is no rule with the name "root"', 0)
    return { root: { type: 'rule', name: 'root' }, rules: Object.fromEntries(this.#rules) }
  }

  #readRule(): void {
    const scanner = this.#scanner
    const name = scanner.readName()
    scanner.skipSpace(false)
    if (!scanner.take('::=')) scanner.fail('A rule needs "::=" behind its name')
    scanner.skipSpace(true)
    this.#rules.set(name, this.#readChoice(false))
    if (!scanner.isAtEnd && !scanner.takeLineEnd()) scanner.fail('The rule should end here, at the end of a line')
    scanner.skipSpace(true)
  }

  #readChoice(isNested: boolean): Expression {
    const options = [this.#readSequence(isNested)]
    while (this.#scanner.take('|')) {
      this.#scanner.skipSpace(true)
      options.push(this.#readSequence(isNested))
    }
    return choice(...options)
  }

  #readSequence(isNested: boolean): Expression {
    const parts: Expression[] = []
    for (;;) {
      const part = this.#readPart(isNested)
      if (!part) return sequence(...parts)
      this.#scanner.skipSpace(isNested)
      parts.push(this.#readRepetitions(part, isNested))
    }
  }

  /** Undefined: the sequence is over. */
  #readPart(isNested: boolean): Expression | undefined {
    const scanner = this.#scanner
    const start = scanner.at
    if (scanner.take('"')) return text(this.#readText())
    if (scanner.take('[')) return this.#readClass(start)
    if (scanner.take('.')) return anyCharacter
    if (scanner.take('(')) return this.#readGroup(isNested)
    if (scanner.take('<')) return this.#readToken(start)
    if (scanner.peek() === '!') scanner.fail('Tokens that are not to come ("!<…>") are not supported')
    if ('*+?{'.includes(scanner.peek() || ' ')) scanner.fail(`There is nothing before "${scanner.peek()}" to repeat`)
    if (!scanner.isAtName) return undefined
    const name = scanner.readName()
    if (!this.#calls.has(name)) this.#calls.set(name, start)
    return { type: 'rule', name }
  }

  #readGroup(isNested: boolean): Expression {
    const scanner = this.#scanner
    if (++this.#depth > maxDepth) scanner.fail(`Groups are nested deeper than ${maxDepth}`)
    scanner.skipSpace(true)
    const group = this.#readChoice(true)
    if (!scanner.take(')')) scanner.fail('A ")" is missing')
    this.#depth--
    scanner.skipSpace(isNested)
    return group
  }

  #readText(): string {
    const scanner = this.#scanner
    let result = ''
    while (!scanner.take('"')) {
      const start = scanner.at
      const code = scanner.readCharacter('"')
      if (code >= 0xd800 && code <= 0xdfff) scanner.fail('Half of a surrogate pair is no character', start)
      result += String.fromCodePoint(code)
    }
    return result
  }

  #readClass(start: number): Expression {
    const scanner = this.#scanner
    if (++this.#classes > maxClasses) scanner.fail(`There are more than ${maxClasses} classes of characters`, start)
    const isNegated = scanner.take('^')
    const ranges: [number, number][] = []
    while (!scanner.take(']')) {
      const at = scanner.at
      const first = scanner.readCharacter(']')
      const isRange = scanner.peek() === '-' && scanner.peek(1) !== ']'
      if (isRange) scanner.take('-')
      const last = isRange ? scanner.readCharacter(']') : first
      if (last < first) scanner.fail('The range ends before it begins', at)
      ranges.push([first, last])
    }
    const sorted = rangesOf(ranges)
    const result = character(isNegated ? complementRanges(sorted) : sorted)
    return isNever(result) ? scanner.fail('No character is in this class', start) : result
  }

  #readToken(start: number): Expression {
    const scanner = this.#scanner
    if (scanner.peek() === '[')
      scanner.fail('Tokens by their id ("<[…]>") are not supported; write the text of the token', start)
    const name = scanner.readUntil('>')
    if (name === undefined || name === '') return scanner.fail('A token must be written as "<name>"', start)
    return special(`<${name}>`)
  }

  #readRepetitions(part: Expression, isNested: boolean): Expression {
    const scanner = this.#scanner
    let result = part
    for (let count = 0; ; count++) {
      const start = scanner.at
      if (count > maxDepth) scanner.fail(`More than ${maxDepth} repetitions stand behind each other`)
      if (scanner.take('*')) result = repeat(result)
      else if (scanner.take('+')) result = repeat(result, 1)
      else if (scanner.take('?')) result = repeat(result, 0, 1)
      else if (scanner.take('{')) {
        const { least, most } = this.#readCounts(start)
        result = repeat(result, least, most)
      } else return result
      scanner.skipSpace(isNested)
    }
  }

  #readCounts(start: number): { readonly least: number; readonly most?: number } {
    const scanner = this.#scanner
    scanner.skipSpace(true)
    const least = scanner.readNumber()
    scanner.skipSpace(true)
    const isRange = scanner.take(',')
    scanner.skipSpace(true)
    const most = isRange ? scanner.readNumber() : least
    scanner.skipSpace(true)
    if (!scanner.take('}')) scanner.fail('A repetition is written "{2}", "{2,}" or "{2,5}"', start)
    if (least === undefined && most === undefined) scanner.fail('A repetition needs a number', start)
    if (most !== undefined && most < (least ?? 0)) scanner.fail('The most repetitions are fewer than the least', start)
    if (Math.max(least ?? 0, most ?? 0) > maxRepetitions) scanner.fail(`More than ${maxRepetitions} repetitions`, start)
    return { least: least ?? 0, ...(most === undefined ? {} : { most }) }
  }
}
