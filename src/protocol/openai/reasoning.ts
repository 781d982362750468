import { ServerError } from '../../core/errors.ts'
import type { ReasoningOptions } from '../../core/generation.ts'

type Effort = NonNullable<ReasoningOptions['effort']>

/** The fields that say how much a model is to think. */
export interface ReasoningFields {
  readonly reasoning_effort?: Effort | 'max' | null
  readonly reasoning_budget?: number | null
  readonly reasoning_budget_tokens?: number | null
  readonly thinking_budget_tokens?: number | null
  readonly thinking_token_budget?: number | null
  readonly thinking_budget?: number | null
  readonly reasoning?: {
    readonly effort?: Effort | 'max' | null
    readonly max_tokens?: number | null
    readonly enabled?: boolean | null
    readonly exclude?: boolean | null
  } | null
  readonly thinking?: {
    readonly type: 'enabled' | 'disabled' | 'adaptive'
    readonly budget_tokens?: number | null
  } | null
  readonly enable_thinking?: boolean | null
  readonly include_reasoning?: boolean | null
}

/** What a request says of the thinking; undefined when it says nothing. Throws `invalid_parameter` for two answers. */
export function toReasoning(body: ReasoningFields): ReasoningOptions | undefined {
  const isOff =
    body.enable_thinking === false || body.reasoning?.enabled === false || body.thinking?.type === 'disabled'
  const effort = theOne({
    reasoning_effort: body.reasoning_effort,
    'reasoning.effort': body.reasoning?.effort,
  })
  const budget = theOne({
    reasoning_budget: body.reasoning_budget,
    reasoning_budget_tokens: body.reasoning_budget_tokens,
    thinking_budget_tokens: body.thinking_budget_tokens,
    thinking_token_budget: body.thinking_token_budget,
    thinking_budget: body.thinking_budget,
    'reasoning.max_tokens': body.reasoning?.max_tokens,
    'thinking.budget_tokens': body.thinking?.budget_tokens,
  })
  const wanted = isOff ? 'none' : effort === 'max' ? 'xhigh' : effort
  if (wanted === undefined && (budget === undefined || budget === -1)) return undefined
  return {
    ...(wanted !== undefined && { effort: wanted }),
    ...(budget !== undefined && budget !== -1 && { budgetTokens: budget }),
  }
}

/** Whether what was thought is to be left out of the answer. */
export const hidesReasoning = (body: ReasoningFields): boolean =>
  body.include_reasoning === false || body.reasoning?.exclude === true

/** The value of a parameter that has several names. */
function theOne<Value>(names: Readonly<Record<string, Value | null | undefined>>): Value | undefined {
  const said = Object.entries(names).flatMap(([name, value]) =>
    value === null || value === undefined ? [] : [{ name, value }],
  )
  const [first] = said
  const other = said.find(({ value }) => value !== first?.value)
  if (!first || !other) return first?.value
  const problem = `it says ${other.value}, and '${first.name}' says ${first.value}; they are one parameter`
  throw new ServerError('invalid_parameter', { param: other.name, problem })
}
