import { expect, test } from 'bun:test'
import { hidesReasoning, type ReasoningFields, toReasoning } from './reasoning.ts'

test('a request that says nothing of thinking wants nothing of it', () => {
  expect(toReasoning({})).toBeUndefined()
  expect(toReasoning({ reasoning_budget: -1, reasoning_effort: null, thinking: { type: 'adaptive' } })).toBeUndefined()
})

test('the effort, in all its spellings', () => {
  expect(toReasoning({ reasoning_effort: 'low' })).toEqual({ effort: 'low' })
  expect(toReasoning({ reasoning_effort: 'max' })).toEqual({ effort: 'xhigh' })
  expect(toReasoning({ reasoning: { effort: 'high' } })).toEqual({ effort: 'high' })
  const off: readonly ReasoningFields[] = [
    { reasoning_effort: 'none' },
    { enable_thinking: false },
    { reasoning: { enabled: false } },
    { thinking: { type: 'disabled' } },
  ]
  for (const body of off) expect(toReasoning(body)).toEqual({ effort: 'none' })
})

test('thinking can be asked for, of models too that do not think by themselves', () => {
  const on: readonly ReasoningFields[] = [
    { enable_thinking: true },
    { reasoning: { enabled: true } },
    { thinking: { type: 'enabled' } },
  ]
  for (const body of on) expect(toReasoning(body)).toEqual({ isWanted: true })
  expect(toReasoning({ enable_thinking: true, reasoning_effort: 'low' })).toEqual({ effort: 'low' })
  expect(toReasoning({ thinking: { type: 'enabled', budget_tokens: 9 } })).toEqual({ isWanted: true, budgetTokens: 9 })
})

test('the budget, in all its spellings', () => {
  const spellings: readonly ReasoningFields[] = [
    { reasoning_budget: 9 },
    { reasoning_budget_tokens: 9 },
    { thinking_budget_tokens: 9 },
    { thinking_token_budget: 9 },
    { thinking_budget: 9 },
    { reasoning: { max_tokens: 9 } },
    { thinking: { type: 'adaptive', budget_tokens: 9 } },
    { reasoning_budget: 9, thinking_budget: 9 },
  ]
  for (const body of spellings) expect(toReasoning(body)).toEqual({ budgetTokens: 9 })
  expect(toReasoning({ reasoning_budget: 0 })).toEqual({ budgetTokens: 0 })
})

test('two spellings that say two things are refused', () => {
  expect(() => toReasoning({ reasoning_budget: 9, thinking_budget: 8 })).toThrow(
    "'thinking_budget': it says 8, and 'rea",
  )
  expect(() => toReasoning({ reasoning_effort: 'low', reasoning: { effort: 'high' } })).toThrow("'reasoning.effort'")
})

test('a yes to thinking and a no to it are refused together', () => {
  expect(() => toReasoning({ enable_thinking: true, thinking: { type: 'disabled' } })).toThrow("'thinking.type'")
  expect(() => toReasoning({ enable_thinking: false, reasoning_effort: 'high' })).toThrow("'reasoning_effort': it says")
  expect(() => toReasoning({ reasoning: { enabled: true, effort: 'none' } })).toThrow("'reasoning.effort': it says")
})

test('what was thought can be left out', () => {
  expect(hidesReasoning({})).toBe(false)
  expect(hidesReasoning({ include_reasoning: false })).toBe(true)
  expect(hidesReasoning({ reasoning: { exclude: true } })).toBe(true)
})
