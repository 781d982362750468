import type { RunningRequest } from '../running/running-request.ts'
import { headerText } from './passed-headers.ts'

/** Who has answered: the model, the provider where it is one's, and those that were asked before and could not. */
export function modelHeaders(running: RunningRequest | undefined): Readonly<Record<string, string>> {
  if (!running || running.task === 'load') return {}
  const { countedAs, provider, tried } = running
  return {
    ...(countedAs !== undefined && { 'x-hearth-model': headerText(countedAs) }),
    ...(countedAs !== undefined && provider !== undefined && { 'x-hearth-provider': provider }),
    ...(tried.length > 0 && { 'x-hearth-tried': tried.map(headerText).join(', ') }),
  }
}
