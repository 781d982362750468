import type { EagerIterator } from '../../core/eager-iterator.ts'
import { ServerError } from '../../core/errors.ts'
import type { EventFraming, PassedEvents } from '../event-framing.ts'

/** The answer of a provider, ready to be sent on. */
export interface ForwardedAnswer {
  readonly status: number
  /** Those that may go on to the client. */
  readonly headers: Readonly<Record<string, string>>
  readonly body:
    | { readonly type: 'whole'; readonly bytes: Uint8Array<ArrayBuffer> }
    | { readonly type: 'events'; readonly events: EagerIterator<PassedEvents>; readonly framing: EventFraming }
    | { readonly type: 'bytes'; readonly chunks: AsyncIterable<Uint8Array> }
}

/** What a route answers that hands its request on. */
export class ForwardedReply {
  readonly answer: ForwardedAnswer

  constructor(answer: ForwardedAnswer) {
    this.answer = answer
  }
}

/** Where events were expected, a provider has sent an answer of another kind, which goes on as it is. */
export class WholeInstead extends Error {
  override readonly name = 'WholeInstead'
  readonly reply: ForwardedReply
  readonly provider: string

  constructor(reply: ForwardedReply, provider: string) {
    super('The provider does not answer with events.')
    this.reply = reply
    this.provider = provider
  }

  /** What is told where the stream has begun and cannot become another answer. */
  late(): ServerError {
    const { headers } = this.reply.answer
    const problem = `it answers with ${headers['content-type'] ?? 'no media type'} where a stream of events was asked for.`
    return new ServerError('upstream_broken', { provider: this.provider, problem })
  }
}
