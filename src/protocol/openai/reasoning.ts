import { ServerError } from '../../core/errors.ts'
import type { ReasoningOptions } from '../../core/generation.ts'
import { type Said, theOne } from './the-one.ts'

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
  const effort = effortOf(body)
  const isWanted = switchOf(body)?.value
  const budget = theOne({
    reasoning_budget: body.reasoning_budget,
    reasoning_budget_tokens: body.reasoning_budget_tokens,
    thinking_budget_tokens: body.thinking_budget_tokens,
    thinking_token_budget: body.thinking_token_budget,
    thinking_budget: body.thinking_budget,
    'reasoning.max_tokens': body.reasoning?.max_tokens,
    'thinking.budget_tokens': body.thinking?.budget_tokens,
  })?.value
  const reasoning = {
    ...(effort !== undefined && { effort }),
    ...(effort === undefined && isWanted && { isWanted }),
    ...(budget !== undefined && budget !== -1 && { budgetTokens: budget }),
  }
  return Object.keys(reasoning).length > 0 ? reasoning : undefined
}

/** Whether there is to be any thinking at all. */
function switchOf({ enable_thinking: enabled, reasoning, thinking }: ReasoningFields): Said<boolean> | undefined {
  const type = thinking?.type
  return theOne<boolean>({
    enable_thinking: enabled,
    'reasoning.enabled': reasoning?.enabled,
    'thinking.type': type === 'enabled' ? true : type === 'disabled' ? false : undefined,
  })
}

function effortOf(body: ReasoningFields): Effort | undefined {
  const said = theOne({ reasoning_effort: body.reasoning_effort, 'reasoning.effort': body.reasoning?.effort })
  const isWanted = switchOf(body)
  if (said && isWanted && isWanted.value !== (said.value !== 'none')) {
    const problem = `it says '${said.value}', and '${isWanted.name}' says ${isWanted.value ? 'yes' : 'no'} to thinking`
    throw new ServerError('invalid_parameter', { param: said.name, problem })
  }
  if (isWanted?.value === false) return 'none'
  return said?.value === 'max' ? 'xhigh' : said?.value
}

/** Whether what was thought is to be left out of the answer. */
export const hidesReasoning = (body: ReasoningFields): boolean =>
  body.include_reasoning === false || body.reasoning?.exclude === true
