import type { RunningRequest } from '../../../protocol/management/requests.wire.ts'

/** A chat that is answered. */
export const exampleRequest: RunningRequest = {
  id: 'req-example',
  operation: 'openai.createChatCompletion',
  task: 'generation',
  model: 'smollm2-135m-instruct',
  share: 'anonymous',
  state: 'writing',
  pieces: 42,
  wait_seconds: 0.25,
  age_seconds: 3.5,
}
