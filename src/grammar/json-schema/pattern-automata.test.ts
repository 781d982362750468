import { expect, test } from 'bun:test'
import { patternExpression } from '../regular-expression/pattern-expression.ts'
import { RuleBook } from '../rule-book.ts'
import { patternAutomaton } from './pattern-automata.ts'
import { SchemaContext } from './schema-context.ts'
import { SchemaProblem } from './schema-problem.ts'

const newContext = () => new SchemaContext(new RuleBook(), { at: 's', isRelaxed: false, warnings: [] })

test('the automaton of a pattern is made once, and given to those only that allow so many states', () => {
  const expression = patternExpression('^a{20}$')
  const context = newContext()
  expect(patternAutomaton(context, expression, { limit: 10, path: 's' })).toBeUndefined()
  const automaton = patternAutomaton(context, expression, { limit: 100, path: 's' })
  expect(automaton?.states).toHaveLength(21)
  expect(patternAutomaton(newContext(), expression, { limit: 21, path: 's' })).toBe(automaton)
  expect(patternAutomaton(newContext(), expression, { limit: 20, path: 's' })).toBeUndefined()
})

test('a schema pays once for each pattern, whether it is known or not', () => {
  const expressions = Array.from({ length: 200 }, (_, index) => patternExpression(`^[ab]{${900 + index}}$`))
  const use = () => {
    const context = newContext()
    for (const expression of expressions) patternAutomaton(context, expression, { limit: 1500, path: 's' })
  }
  expect(use).toThrow(SchemaProblem)
  expect(use).toThrow(SchemaProblem)
  const context = newContext()
  for (let count = 0; count < 10_000; count++)
    patternAutomaton(context, expressions[0] ?? patternExpression('a'), { limit: 1500, path: 's' })
})
