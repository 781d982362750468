import type { ServerError } from '../core/errors.ts'
import type { LoadedModel } from '../core/runtime.ts'
import type { Log } from './log.ts'

/** What may happen to a model. */
export type ModelEvent =
  | { readonly type: 'loading'; readonly model: string }
  /** Its memory is back. */
  | { readonly type: 'left'; readonly model: string; readonly why: keyof typeof leavings }
  | { readonly type: 'ready'; readonly model: string; readonly loaded: LoadedModel; readonly seconds: number }
  | { readonly type: 'failed'; readonly model: string; readonly error: ServerError; readonly retrySeconds: number }
  /** A request was turned away, or cut. */
  | { readonly type: 'refused'; readonly model: string; readonly error: ServerError }

/** Why a model left, as the log says it. */
const leavings = {
  asked: 'as it was asked to',
  idle: 'nothing had used it for as long as it was to be kept',
  room: 'to make room for another one',
  reload: 'to be loaded with other options',
} as const

/** Writes what models do, with what was chosen for them, to the log. */
export function logModels(event: ModelEvent, log: Log): void {
  if (event.type === 'loading') log.info(`loading '${event.model}'`)
  else if (event.type === 'left') log.info(`'${event.model}' left the memory: ${leavings[event.why]}`)
  else if (event.type === 'refused') log.debug(event.error.message, { model: event.model, code: event.error.code })
  else if (event.type === 'failed') logFailure(event, log)
  else logReady(event.model, event.loaded, event.seconds, log)
}

/** With what to do about it: whoever starts a server reads its log, and has no answer of it yet. */
function logFailure({ model, error, retrySeconds }: ModelEvent & { type: 'failed' }, log: Log): void {
  const { message, code, hint } = error
  log.error(message, { model, code, hint, retry_seconds: retrySeconds })
}

function logReady(model: string, { facts, model: entry }: LoadedModel, seconds: number, log: Log): void {
  log.info(`'${model}' is ready`, {
    n_ctx: facts.contextSize,
    slots: facts.slots,
    threads: facts.threads,
    device: facts.device,
    gpu_layers: facts.gpuLayers,
    seconds: Number(seconds.toFixed(2)),
  })
  for (const note of entry.notes ?? []) log.info(note, { model })
  for (const note of facts.notes) log.warn(note, { model })
  if (facts.draft?.state === 'ready') log.info('the draft model guesses ahead', { model })
  if (facts.draft?.state === 'failed')
    log.warn(`the draft model cannot be used, and the model goes on without it: ${facts.draft.problem}`, { model })
}
