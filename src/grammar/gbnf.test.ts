import { expect, test } from 'bun:test'
import { matchesGrammar } from '../../test/match-grammar.ts'
import { TextSampler } from '../../test/sample-text.ts'
import { SeededRandom } from '../../test/seeded-random.ts'
import { parseGbnf } from './gbnf.ts'
import { GrammarProblem } from './grammar-problem.ts'

const json = `
# what a JSON text is
root   ::= object
value  ::= object | array | string | number | ("true" | "false" | "null") ws

object ::=
  "{" ws (
            string ":" ws value
    ("," ws string ":" ws value)*   # and more of them
  )? "}" ws
array  ::= "[" ws ( value ("," ws value)* )? "]" ws
string ::= "\\"" ( [^"\\\\\\x7F\\x00-\\x1F] | "\\\\" (["\\\\bfnrt] | "u" [0-9a-fA-F]{4}) )* "\\"" ws
number ::= ("-"? ([0-9] | [1-9] [0-9]{0,15})) ("." [0-9]+)? ([eE] [-+]? [0-9] [1-9]{0,15})? ws
ws ::= | " " | "\\n"{1,2} [ \\t]{0,20}
`

const chess = `root ::= "1. " move " " move "\\n" ([1-9] [0-9]? ". " move " " move "\\n")+
move    ::= (pawn | nonpawn | castle) [+#]?
nonpawn ::= [NBKQR] [a-h]? [1-8]? "x"? [a-h] [1-8]
pawn    ::= ([a-h] "x")? [a-h] [1-8] ("=" [NBKQR])?
castle  ::= "O-O" "-O"?`

const cases: readonly (readonly [grammar: string, right: readonly string[], wrong: readonly string[]])[] = [
  [
    json,
    ['{}', '{"a": [1, -2.5e7, true, {"b": null}],\n  "c": "\\u00e9\\n"}'],
    ['', '[]', '{"a" 1}', '{"a": "\n"}', '{"a": 01}'],
  ],
  [chess, ['1. e4 e5\n2. Nf3 Nc6\n', '1. exd5 O-O-O+\n9. e8=Q Nbxd2#\n'], ['1. e4 e5\n', '1. e9 e5\n2. a1 a2\n']],
  ['root ::= [^\\n]+ "\\n"', ['a b\n', '🙂\n'], ['\n', 'a', 'a\nb\n']],
  ['root ::= "ab"{2} "c"{2,} "d"{0,2} "e"{,1}', ['ababcc', 'ababcccdde'], ['abcc', 'ababc', 'ababccddd', 'ababccee']],
  ['root ::= "a"* ("b" | )+ .?', ['', 'aab', 'aabbx', '\n'], ['aabbxx']],
  ['root ::= "x" |\n  "y" |\n\n  "z"\r\n', ['x', 'y', 'z'], ['xy', '']],
  ['root ::= [ぁ-ゟ]+ "\\u4e00\\U0001F642\\x41" [\\]a-]', ['ひら一🙂A]', 'ひ一🙂A-'], ['ひら一🙂A[', '一🙂A]']],
  ['a ::= "first"\nroot ::= a rule_2\nrule_2 ::= "!" # end', ['first!'], ['first']],
  ['root ::= <think> [^<]* </think> .*', ['<think>so</think> yes'], ['so</think>']],
]

test('a grammar in GBNF has the texts that llama.cpp would let through', () => {
  for (const [source, right, wrong] of cases) {
    const grammar = parseGbnf(source)
    for (const text of right) expect([source, text, matchesGrammar(grammar, text)]).toEqual([source, text, true])
    for (const text of wrong) expect([source, text, matchesGrammar(grammar, text)]).toEqual([source, text, false])
  }
})

test('texts drawn from a grammar belong to it', () => {
  const grammar = parseGbnf(json)
  const sampler = new TextSampler(grammar)
  const random = new SeededRandom(1)
  for (let count = 0; count < 30; count++) expect(() => JSON.parse(sampler.sample(random))).not.toThrow()
})

test('a control token is asked for by its name', () => {
  expect(parseGbnf('root ::= <|python_tag|> "a"').rules.root).toEqual({
    type: 'sequence',
    parts: [
      { type: 'special', text: '<|python_tag|>' },
      { type: 'text', text: 'a' },
    ],
  })
})

test('what is no grammar is refused by line and column', () => {
  const wrong: readonly (readonly [source: string, line: number, column: number, problem: RegExp])[] = [
    ['', 1, 1, /no rule with the name "root"/],
    ['a ::= "x"', 1, 1, /no rule with the name "root"/],
    ['root ::= b\n', 1, 10, /no rule with the name "b"/],
    ['root ::= "a"\nb = "c"', 2, 3, /needs "::="/],
    ['root ::= "a', 1, 12, /" is missing/],
    ['root ::= ("a" "b"', 1, 18, /"\)" is missing/],
    ['root ::= [a-', 1, 13, /\] is missing/],
    ['root ::= [z-a]', 1, 11, /ends before it begins/],
    ['root ::= []', 1, 10, /No character/],
    ['root ::= *', 1, 10, /nothing before "\*"/],
    ['root ::= "a"{3,2}', 1, 13, /fewer than the least/],
    ['root ::= "a"{}', 1, 13, /needs a number/],
    ['root ::= "a"{1', 1, 13, /is written/],
    ['root ::= "a"{99999999}', 1, 13, /More than/],
    ['root ::= "\\q"', 1, 11, /escape "\\q"/],
    ['root ::= "\\x4"', 1, 11, /2 hexadecimal digits/],
    ['root ::= "\\ud800"', 1, 11, /surrogate/],
    ['root ::= "a"\n\n  "b"', 3, 3, /name of a rule/],
    ['root ::= "a" )', 1, 14, /end of a line/],
    ['root ::= <[1000]>', 1, 10, /by their id/],
    ['root ::= !<think>', 1, 10, /not to come/],
    ['root ::= <think', 1, 10, /<name>/],
    [`root ::= ${'('.repeat(300)}`, 1, 211, /deeper than 200/],
  ]
  for (const [source, line, column, problem] of wrong) {
    let found: unknown
    try {
      parseGbnf(source)
    } catch (error) {
      found = error
    }
    expect(found).toBeInstanceOf(GrammarProblem)
    const { line: foundLine, column: foundColumn, problem: foundProblem } = found as GrammarProblem
    expect([source, foundLine, foundColumn]).toEqual([source, line, column])
    expect(foundProblem).toMatch(problem)
  }
})

test('a hostile grammar is refused soon, whatever there is too much of', () => {
  const cases: readonly (readonly [string, RegExp])[] = [
    [`root ::= "a"${'*'.repeat(900_000)}`, /column 214: More than 200 repetitions/],
    [`root ::= "a"${'{2}'.repeat(300_000)}`, /More than 200 repetitions/],
    [`root ::= ${'[a-\uffff] '.repeat(100_000)}`, /more than 5000 classes/],
    [`root ::= ${'('.repeat(500_000)}`, /nested deeper than 200/],
    ['\n'.repeat(1_000_001), /longer than 1000000/],
  ]
  for (const [source, problem] of cases) {
    const start = performance.now()
    expect(() => parseGbnf(source)).toThrow(problem)
    expect(performance.now() - start).toBeLessThan(500)
  }
})

test('rules may have the names of members that every object has', () => {
  const grammar = parseGbnf('root ::= __proto__ constructor\n__proto__ ::= "a"\nconstructor ::= "b"')
  expect(matchesGrammar(JSON.parse(JSON.stringify(grammar)), 'ab')).toBe(true)
  expect(() => parseGbnf('root ::= toString')).toThrow('no rule with the name "toString"')
})
