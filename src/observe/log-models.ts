import type { ServerError } from '../core/errors.ts'
import type { LoadedModel } from '../core/runtime.ts'
import type { Log } from './log.ts'

/** What may happen to a model. */
type ModelEvent =
  | { readonly type: 'loading'; readonly model: string }
  | { readonly type: 'evicted'; readonly model: string }
  | { readonly type: 'ready'; readonly model: string; readonly loaded: LoadedModel; readonly seconds: number }
  | { readonly type: 'failed'; readonly model: string; readonly error: ServerError; readonly retrySeconds: number }

/** Writes what models do, with what was chosen for them, to the log. */
export function logModels(event: ModelEvent, log: Log): void {
  if (event.type === 'loading') log.info(`loading '${event.model}'`)
  else if (event.type === 'evicted') log.info(`'${event.model}' left the memory`)
  else if (event.type === 'failed')
    log.error(event.error.message, { model: event.model, code: event.error.code, retry_seconds: event.retrySeconds })
  else logReady(event.model, event.loaded, event.seconds, log)
}

function logReady(model: string, { facts }: LoadedModel, seconds: number, log: Log): void {
  log.info(`'${model}' is ready`, {
    n_ctx: facts.contextSize,
    slots: facts.slots,
    threads: facts.threads,
    device: facts.device,
    gpu_layers: facts.gpuLayers,
    seconds: Number(seconds.toFixed(2)),
  })
  for (const note of facts.notes) log.warn(note, { model })
  if (facts.draft?.state === 'ready') log.info('the draft model guesses ahead', { model })
  if (facts.draft?.state === 'failed')
    log.warn(`the draft model cannot be used, and the model goes on without it: ${facts.draft.problem}`, { model })
}
