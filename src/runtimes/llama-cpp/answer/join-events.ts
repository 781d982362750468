import type { GenerationEvent } from '../../../core/generation.ts'

/** One event that tells what two neighbours told; nothing where there is none. */
export function joinEvents(left: GenerationEvent, right: GenerationEvent): GenerationEvent | undefined {
  if (left.type === 'text-delta' && right.type === 'text-delta') {
    const logprobs = [...(left.logprobs ?? []), ...(right.logprobs ?? [])]
    return { type: 'text-delta', text: left.text + right.text, ...(logprobs.length > 0 && { logprobs }) }
  }
  if (left.type === 'reasoning-delta' && right.type === 'reasoning-delta')
    return { type: 'reasoning-delta', text: left.text + right.text }
  if (left.type === 'tool-call-delta' && right.type === 'tool-call-delta' && left.index === right.index)
    return { ...left, arguments: left.arguments + right.arguments }
  return undefined
}
