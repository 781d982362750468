/** A body that comes in pieces, and who hears of it. */
export interface BodyCall {
  readonly body: ReadableStream<Uint8Array>
  /** Aborts when nobody wants it any more; its reader gets the reason then. */
  readonly signal: AbortSignal
  onBytes(): void
  /** Once, however it has ended: with what it has failed with, or whole, or left. */
  onEnd(error?: unknown): void
}

/** The pieces of a body. Each is read when it is asked for; whoever leaves them closes the body. Throws what the body throws. */
export async function* bodyChunks({ body, signal, onBytes, onEnd }: BodyCall): AsyncGenerator<Uint8Array> {
  const reader = body.getReader()
  const leave = () => void reader.cancel(signal.reason).catch(() => {})
  signal.addEventListener('abort', leave, { once: true })
  let failure: unknown
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (signal.aborted) throw signal.reason
      if (done) return
      onBytes()
      yield value
    }
  } catch (error) {
    failure = error
    throw error
  } finally {
    signal.removeEventListener('abort', leave)
    onEnd(failure)
    void reader.cancel().catch(() => {})
  }
}
