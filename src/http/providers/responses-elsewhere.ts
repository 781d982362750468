import { ServerError } from '../../core/errors.ts'
import type { JsonMember } from '../../protocol/json-members.ts'
import { refuse } from '../define-route.ts'
import type { Services } from '../services.ts'
import type { Forwarding, Sender } from './forward.ts'
import type { ReadAnswer } from './read-answer.ts'

/**
 * Remembers that the response which a provider makes for a request is its key's, once its id is known and before the client knows it.
 * One that is only fetched stays whose it is.
 */
export function claimer({ provider, model, asked }: Forwarding, { services, running }: Sender) {
  let claimed: string | undefined
  const isKept = (asked as { store?: unknown } | undefined)?.store !== false
  return ({ response: id }: Pick<ReadAnswer, 'response'>): void => {
    if (!model || !isKept || id === undefined || id === claimed) return
    claimed = id
    try {
      services.responses.claim({ provider: provider.name, id })
    } catch (error) {
      if (!(error instanceof ServerError)) throw error
      // It is answered all the same; to fetch it later takes a key of the scope admin.
      const about = { requestId: running.id, provider: provider.name, problem: error.message }
      services.log.warn('it could not be written down whose a response at a provider is', about)
    }
  }
}

/** Throws `upstream_not_found` for a response at a provider that was not asked for with this key: alike where there is none. */
export function refuseResponseOfOthers(
  provider: string,
  path: string,
  { responses }: Pick<Services, 'responses'>,
): void {
  const [, id] = /^responses\/([^/?]+)/.exec(path) ?? []
  if (id === undefined || responses.isOwn({ provider, id: decodeURIComponent(id) })) return
  throw refuse('upstream_not_found', { provider, problem: 'no response of this id was asked for with this API key.' })
}

/**
 * Throws `invalid_parameter` for a body that continues a response at a provider which was not asked for with this key: the model
 * would tell what stands in it. Every spelling counts that some reader of JSON may take for the name of the field.
 */
export function refuseContinuingOthers(
  provider: string,
  { text, members }: { readonly text: string; readonly members: readonly JsonMember[] },
  { responses }: Pick<Services, 'responses'>,
): void {
  for (const { name, start, end } of members) {
    const [plain] = name.toLowerCase().split('\u0000')
    if (plain !== 'previous_response_id') continue
    const id: unknown = JSON.parse(text.slice(start, end))
    if (id === null || responses.isOwn({ provider, id: typeof id === 'string' ? id : '' })) continue
    const problem = 'no response of this id was asked for with this API key at the provider'
    throw refuse('invalid_parameter', { param: 'previous_response_id', problem })
  }
}
