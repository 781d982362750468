import type { Environment } from '../../config/environment.ts'
import { messageOf } from '../../core/errors.ts'
import { request } from '../../models/pull/request.ts'
import type { HubState } from './facts.ts'

/** Whether the hub answers, and takes the token. Never rejects. */
export async function gatherHub({ huggingFace, variables }: Environment, signal: AbortSignal): Promise<HubState> {
  const { endpoint, token } = huggingFace
  const path = token ? '/api/whoami-v2' : '/api/models?limit=1'
  try {
    const { response } = await request({
      url: new URL(endpoint + path),
      headers: { ...(token && { authorization: `Bearer ${token}` }) },
      environment: variables,
      signal,
      timeoutMilliseconds: 10_000,
    })
    await response.body?.cancel()
    const date = Date.parse(response.headers.get('date') ?? '')
    const ahead = Number.isNaN(date) ? undefined : (date - Date.now()) / 1000
    return {
      endpoint,
      status: response.status,
      hasToken: token !== undefined,
      ...(ahead !== undefined && { clockAheadSeconds: ahead }),
    }
  } catch (error) {
    return { endpoint, problem: messageOf(error), hasToken: token !== undefined }
  }
}
