import type { SamplingFields } from './sampling.ts'

/** The fields that say how long an answer may be, and those of Ollama that may say it and more. */
export interface LimitFields extends SamplingFields {
  readonly max_completion_tokens?: number | null
  readonly n_predict?: number | null
  readonly options?: (Partial<SamplingFields> & { readonly num_predict?: number | null }) | null
}

/**
 * One set of fields out of all the places where clients put them: those beside `options` go before those in it, and of
 * the names of the limit max_completion_tokens before max_tokens before n_predict.
 */
export function gatherFields(body: LimitFields): SamplingFields {
  const { num_predict: predicted, ...options } = body.options ?? {}
  const said = Object.entries(body).filter(([, value]) => value !== null && value !== undefined)
  const own = Object.fromEntries(said) as LimitFields
  const limit = own.max_completion_tokens ?? own.max_tokens ?? own.n_predict ?? fromOllama(predicted)
  return { ...options, ...own, max_tokens: limit ?? null }
}

/**
 * What clients call what a runtime names in an error: the limit is called as it was sent, and what the text must be as
 * `formatParam` says.
 */
export function toClientParam(param: string, body: LimitFields, formatParam?: string): string {
  if (param === 'response_format' || param === 'grammar') return formatParam ?? param
  if (param !== 'maxTokens') return param
  const names = ['max_completion_tokens', 'max_tokens', 'n_predict'] as const
  const sent = names.find((name) => body[name] !== null && body[name] !== undefined)
  if (sent) return sent
  return typeof body.options?.num_predict === 'number' ? 'options.num_predict' : 'max_tokens'
}

/** Ollama's -2 fills the context, which is what no limit means here. */
const fromOllama = (limit: number | null | undefined) => (typeof limit === 'number' && limit < 0 ? -1 : limit)
