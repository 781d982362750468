import { ServerError } from '../../core/errors.ts'
import type { UpstreamAnswer } from '../../core/provider.ts'
import type { ReadAnswer } from './read-answer.ts'

/** The error that a provider says in the middle of its answer, as `upstream_failed` with its code. Pure. */
export function failureSaid(
  provider: string,
  { message, code }: NonNullable<ReadAnswer['error']>,
  told: UpstreamAnswer['told'],
): ServerError {
  const upstreamCode = code === undefined ? '' : told(code)
  const problem = told(message) || 'it says no more than that.'
  return new ServerError('upstream_failed', { provider, problem, ...(upstreamCode !== '' && { upstreamCode }) })
}
