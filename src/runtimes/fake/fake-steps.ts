import type { GenerationEvent, GenerationRequest } from '../../core/generation.ts'
import type { FakePiece } from './fake-answer.ts'
import { splitTokens } from './fake-tokens.ts'

/** One token of a fake answer, and what it tells. */
export interface FakeStep {
  readonly event: Exclude<GenerationEvent, { type: 'generation-end' }>
}

/** The tokens of an answer in their order, up to a stop text, and why it ends when no limit ends it before. */
export function toSteps(
  pieces: readonly FakePiece[],
  request: GenerationRequest,
): { readonly steps: readonly FakeStep[]; readonly reason: 'stopped' | 'calls' | 'said' } {
  const steps: FakeStep[] = []
  let calls = 0
  for (const piece of pieces) {
    if (piece.type === 'reasoning') steps.push(...reasoningSteps(piece.text, request))
    else if (piece.type === 'call') steps.push(...callSteps(piece, calls++, request))
    else {
      const { text, isStopped } = untilStop(piece.text, request.stop)
      steps.push(...splitTokens(text).map((word): FakeStep => ({ event: { type: 'text-delta', text: word } })))
      if (isStopped) return { steps, reason: 'stopped' }
    }
  }
  return { steps, reason: calls > 0 ? 'calls' : 'said' }
}

function reasoningSteps(text: string, { prompt }: GenerationRequest): readonly FakeStep[] {
  const { effort, budgetTokens } = (prompt.type === 'messages' && prompt.reasoning) || {}
  if (effort === 'none') return []
  const words = splitTokens(text).slice(0, budgetTokens)
  return words.map((word) => ({ event: { type: 'reasoning-delta', text: word } }))
}

function callSteps(
  piece: Extract<FakePiece, { type: 'call' }>,
  index: number,
  { prompt }: GenerationRequest,
): readonly FakeStep[] {
  const before = prompt.type === 'messages' ? prompt.messages.flatMap(({ toolCalls = [] }) => toolCalls).length : 0
  const id = piece.id ?? `call_${before + index}`
  return [
    { event: { type: 'tool-call-start', index, id, name: piece.name } },
    ...splitTokens(piece.arguments).map(
      (word): FakeStep => ({
        event: { type: 'tool-call-delta', index, arguments: word },
      }),
    ),
  ]
}

function untilStop(text: string, stop: readonly string[]): { text: string; isStopped: boolean } {
  const places = stop.map((word) => text.indexOf(word)).filter((place) => place >= 0)
  if (places.length === 0) return { text, isStopped: false }
  return { text: text.slice(0, Math.min(...places)), isStopped: true }
}
