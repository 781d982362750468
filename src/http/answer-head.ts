import type { ModelEntry } from '../core/model.ts'
import type { AnswerHead } from '../protocol/openai/usage.ts'
import type { Services } from './services.ts'

/** What a new answer of this model says of itself. */
export const answerHead = (prefix: string, model: ModelEntry, services: Services): AnswerHead => ({
  id: services.newId(prefix),
  created: Math.floor(services.now() / 1000),
  model: model.id,
  fingerprint: `hearth-${services.about.version}`,
})
