import { Type as t } from '@sinclair/typebox'
import { optional } from './optional.wire.ts'

const Effort = t.Union(
  ['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'].map((name) =>
    t.Literal(name as 'none' | 'minimal' | 'low' | 'medium' | 'high' | 'xhigh' | 'max'),
  ),
  {
    description: '`none`: answer without thinking, as far as the model can. What the others mean is up to the model.',
  },
)

const budget = (description: string) =>
  optional(
    t.Integer({ minimum: -1, description: `${description} -1: no limit.`, expected: 'an integer of at least -1' }),
  )

/** How much a model is to think before it answers, in the spellings of those who have words for it. */
export const reasoningFields = {
  reasoning_effort: optional(Effort),
  reasoning_budget: budget('Tokens after which the thinking is ended and the answer begun.'),
  reasoning_budget_tokens: budget('Another name of reasoning_budget.'),
  thinking_budget_tokens: budget('Another name of reasoning_budget, in llama-server’s spelling.'),
  thinking_token_budget: budget('Another name of reasoning_budget, in vLLM’s spelling.'),
  thinking_budget: budget('Another name of reasoning_budget, in DashScope’s spelling.'),
  reasoning: optional(
    t.Object(
      {
        effort: optional(Effort),
        max_tokens: budget('Another name of reasoning_budget.'),
        enabled: optional(t.Boolean({ description: 'Another name of enable_thinking.' })),
        exclude: optional(t.Boolean({ description: 'true: what was thought is not in the answer.' })),
      },
      { additionalProperties: false, description: 'The same in OpenRouter’s spelling.' },
    ),
  ),
  thinking: optional(
    t.Object(
      {
        type: t.Union([t.Literal('enabled'), t.Literal('disabled'), t.Literal('adaptive')]),
        budget_tokens: budget('Another name of reasoning_budget.'),
      },
      { additionalProperties: false, description: 'The same in Anthropic’s spelling.' },
    ),
  ),
  enable_thinking: optional(
    t.Boolean({ description: 'false: the same as the effort `none`. true: the model is told to think, if it can.' }),
  ),
  include_reasoning: optional(t.Boolean({ description: 'false: what was thought is not in the answer.' })),
  reasoning_format: optional(
    t.Union([t.Literal('auto'), t.Literal('deepseek')], {
      description: 'What was thought is always apart, as reasoning_content.',
      expected: "'auto' or 'deepseek' (what was thought is always apart from the answer here)",
    }),
  ),
}
