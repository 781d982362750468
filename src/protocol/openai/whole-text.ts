import { Bug } from '../../core/errors.ts'
import type { FinishReason, GenerationEvent, Usage } from '../../core/generation.ts'

/** A generation, read to its end. */
export interface WholeText {
  readonly text: string
  readonly reason: FinishReason
  readonly usage: Usage
}

/** Reads a generation to its end and puts its text together. Throws what the generation throws. */
export async function readWhole(events: AsyncIterable<GenerationEvent>): Promise<WholeText> {
  const pieces: string[] = []
  for await (const event of events) {
    if (event.type === 'text-delta') pieces.push(event.text)
    if (event.type === 'generation-end') return { text: pieces.join(''), reason: event.reason, usage: event.usage }
  }
  throw new Bug('A generation stopped without its end event.')
}
