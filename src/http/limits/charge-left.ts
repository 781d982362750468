import type { RouteRequest } from '../define-route.ts'
import { reckonTokens } from './reckon-tokens.ts'

/**
 * The result of work with texts. Whoever leaves before it is there pays for all of them, by their length: how far the work came
 * nobody knows, and it would cost nothing otherwise. Throws what the work throws.
 */
export async function chargeLeft<Result>(
  work: Promise<Result>,
  {
    call: { services, signal },
    model,
    texts,
  }: {
    readonly call: Pick<RouteRequest, 'services' | 'signal'>
    readonly model: string
    readonly texts: unknown
  },
): Promise<Result> {
  try {
    return await work
  } catch (error) {
    if (signal.aborted) services.statistics.reckon?.(model, { embeddedTokens: reckonTokens(texts) })
    throw error
  }
}
