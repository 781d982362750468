import { Alarm } from '../../core/alarm.ts'
import { ServerError } from '../../core/errors.ts'
import type { Exchange } from '../exchange.ts'

export interface PassCall {
  /** Asked for one after the other, each when the reader wants it. */
  readonly chunks: AsyncIterable<Uint8Array>
  readonly exchange: Exchange
  readonly status: number
  /** A reader that takes nothing for so long counts as gone. */
  readonly patienceMilliseconds: number
}

const tookNothing = 'The reader took nothing for too long.'

/** Bytes of a provider on their way to the client. Where they break off the connection does: half of a file is no file. */
export function passBytes({ chunks, exchange, status, patienceMilliseconds }: PassCall): ReadableStream<Uint8Array> {
  const iterator = chunks[Symbol.asyncIterator]()
  const patience = new Alarm()
  let bytes = 0
  let hasBegun = false
  const finish = () => {
    patience.stop()
    exchange.finish({ status: exchange.hasLeft ? 499 : status, bytes })
  }
  const leave = (reason: unknown) => {
    exchange.leave(reason)
    finish()
    abandon(iterator, hasBegun)
    return reason
  }
  whenAborted(exchange.signal, leave)
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        patience.clear()
        hasBegun = true
        try {
          const { done, value } = await iterator.next()
          if (done) {
            finish()
            controller.close()
            return
          }
          bytes += value.byteLength
          controller.enqueue(value)
          patience.set(patienceMilliseconds, () => controller.error(leave(new Error(tookNothing))))
        } catch (error) {
          if (error instanceof ServerError) exchange.note(error)
          finish()
          controller.error(error)
        }
      },
      cancel: (reason) => void leave(reason),
    },
    { highWaterMark: 0 },
  )
}

function whenAborted(signal: AbortSignal, hear: (reason: unknown) => void): void {
  if (signal.aborted) hear(signal.reason)
  else signal.addEventListener('abort', () => hear(signal.reason), { once: true })
}

/** Ends it with its clean-up, which a generator that was never asked for anything would not run. */
function abandon(iterator: AsyncIterator<unknown>, hasBegun: boolean): void {
  if (!hasBegun) void iterator.next().catch(() => {})
  void iterator.return?.().catch(() => {})
}
