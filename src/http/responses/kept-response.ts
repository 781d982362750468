import type { ResponseObject, ResponseStatus } from '../../protocol/openai/responses/response.wire.ts'
import type { Services } from '../services.ts'

/** A response as it was kept. */
export interface KeptResponse {
  readonly response: ResponseObject
  readonly isBackground: boolean
  /** Another server is making it at this moment. */
  readonly isElsewhere: boolean
}

/** A response, in the making or kept. One whose server is gone has failed. Throws `store_unavailable`. */
export function findResponse(id: string, services: Services): KeptResponse | undefined {
  const job = services.background.find(id)
  if (job) return { response: job.response(), isBackground: true, isElsewhere: false }
  const kept = services.responses.get(id)
  if (!kept) return undefined
  const { body, output, isBackground, state } = kept
  const whole = { ...body, output: output.map((item) => item.body) } as unknown as ResponseObject
  const response = state === 'lost' ? failLost(whole, services) : whole
  return { response, isBackground, isElsewhere: state === 'running' }
}

/** How a response stands. Throws `store_unavailable`. */
export const keptState = (id: string, services: Services): ResponseStatus | undefined =>
  findResponse(id, services)?.response.status

function failLost(lost: ResponseObject, services: Services): ResponseObject {
  const message = 'The server was stopped before the response was complete. Send the request again.'
  const failed: ResponseObject = { ...lost, status: 'failed', error: { code: 'server_error', message } }
  const { output, ...body } = failed
  try {
    services.responses.update(
      { id: body.id, body, output: output.map((item) => ({ id: item.id, body: item })) },
      'done',
    )
  } catch {
    // It is told all the same, and written the next time.
  }
  return failed
}
