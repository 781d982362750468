import type { UsageList } from '../../protocol/management/usage.wire.ts'
import type { NamedUsage } from '../../store/usage-of-keys.ts'

/** What one key has used of one model on one day, as GET /v1/usage shows it. */
export const fromUsage = (use: NamedUsage): UsageList['data'][number] => ({
  day: use.day,
  key: { id: use.key, name: use.name },
  model: use.model === '' ? null : use.model,
  requests: use.requests,
  refused: use.refused,
  errors: use.errors,
  prompt_tokens: use.promptTokens,
  completion_tokens: use.completionTokens,
  embedded_tokens: use.embeddedTokens,
})
