import type { WaitState } from '../../engine/engine.ts'

/** What a request is doing now. */
export type WorkState =
  | { readonly type: 'waiting' }
  | WaitState
  /** Tokens of the prompt, once they are known. */
  | { readonly type: 'reading'; readonly done?: number; readonly total?: number }
  | { readonly type: 'writing' }
  /** Something that tells no stages: texts are embedded or ranked, or an answer is made that comes all at once. */
  | { readonly type: 'working' }

export const waiting: WorkState = { type: 'waiting' }
export const reading: WorkState = { type: 'reading' }
export const writing: WorkState = { type: 'writing' }
export const working: WorkState = { type: 'working' }

/** For the comment of a stream: `queued 3`, `loading 40%`, `reading 512/2048`. */
export function describeWork(state: WorkState): string {
  if (state.type === 'queued') return `queued ${state.position}`
  if (state.type === 'loading') return `loading ${Math.floor(state.fraction * 100)}%`
  return state.type === 'reading' && state.total !== undefined ? `reading ${state.done}/${state.total}` : state.type
}
