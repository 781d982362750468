import type { GenerationEvent, TokenLogprob } from '../../core/generation.ts'

type Delta = Extract<GenerationEvent, { type: 'text-delta' | 'reasoning-delta' | 'tool-call-delta' }>

/** Deltas of one kind behind each other. */
interface Stretch {
  readonly first: Delta
  readonly texts: string[]
  readonly logprobs: TokenLogprob[]
}

/**
 * Puts together what a generation tells that nobody watches: deltas of one kind behind each other become one, and how far
 * the prompt has been read is left out. It holds the answer and nothing more.
 */
export class AnswerJoiner {
  readonly #parts: (Exclude<GenerationEvent, Delta> | Stretch)[] = []

  push(event: GenerationEvent): void {
    if (event.type === 'prompt-progress') return
    if (!isDelta(event)) return void this.#parts.push(event)
    const stretch = this.#stretchFor(event)
    stretch.texts.push(event.type === 'tool-call-delta' ? event.arguments : event.text)
    if (event.type === 'text-delta' && event.logprobs) stretch.logprobs.push(...event.logprobs)
  }

  /** All that was told, as few events as it can be. */
  events(): readonly GenerationEvent[] {
    return this.#parts.map((part) => ('texts' in part ? joined(part) : part))
  }

  #stretchFor(event: Delta): Stretch {
    const last = this.#parts.at(-1)
    if (last && 'texts' in last && isSame(last.first, event)) return last
    const stretch = { first: event, texts: [], logprobs: [] }
    this.#parts.push(stretch)
    return stretch
  }
}

const isDelta = (event: GenerationEvent): event is Delta => event.type.endsWith('-delta')

function isSame(left: Delta, right: Delta): boolean {
  if (left.type !== right.type) return false
  return left.type !== 'tool-call-delta' || right.type !== 'tool-call-delta' || left.index === right.index
}

function joined({ first, texts, logprobs }: Stretch): Delta {
  const text = texts.join('')
  if (first.type === 'tool-call-delta') return { ...first, arguments: text }
  if (first.type === 'reasoning-delta') return { ...first, text }
  return { type: 'text-delta', text, ...((first.logprobs || logprobs.length > 0) && { logprobs }) }
}
