import type { UpstreamBody } from '../../core/provider.ts'

/** A body that comes in pieces, and who hears of it. */
export interface BodyCall {
  readonly body: UpstreamBody
  onBytes(): void
  /** Once, however it has ended: with what it has failed with, or whole, or left. */
  onEnd(error?: unknown): void
}

/** The pieces of a body. Each is read when it is asked for; whoever leaves them closes the body. Throws what the body throws. */
export async function* bodyChunks({ body, onBytes, onEnd }: BodyCall): AsyncGenerator<Uint8Array> {
  let failure: unknown
  try {
    for (let bytes = await body.read(); bytes; bytes = await body.read()) {
      onBytes()
      yield bytes
    }
  } catch (error) {
    failure = error
    throw error
  } finally {
    onEnd(failure)
    body.cancel()
  }
}
