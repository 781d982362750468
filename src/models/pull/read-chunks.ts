import { SourceProblem } from './source-problem.ts'

export interface ReadCall {
  readonly body: ReadableStream<Uint8Array> | null
  /** Milliseconds without a byte after which the reading ends with an error. */
  readonly stall: number
  readonly signal: AbortSignal
}

/**
 * The chunks of a body. Throws `SourceProblem` (worth another attempt) when the connection breaks or stalls, and the
 * signal's reason once it aborts; the body is cancelled then.
 */
export async function* readChunks({ body, stall, signal }: ReadCall): AsyncGenerator<Uint8Array> {
  if (!body) return
  const reader = body.getReader()
  try {
    for (;;) {
      const { done, value } = await readWithin(reader, stall, signal)
      if (done) return
      yield value
    }
  } catch (error) {
    signal.throwIfAborted()
    if (error instanceof SourceProblem) throw error
    throw new SourceProblem(`the connection broke (${(error as Error).message})`, { type: 'later' }, { cause: error })
  } finally {
    // A connection that is broken already has nothing left to cancel.
    reader.cancel().catch(() => {})
  }
}

/** The text of a body, with the errors of `readChunks`; undefined where it has more bytes than that, and no more of it is read. */
export async function readText(call: ReadCall, mostBytes: number): Promise<string | undefined> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of readChunks(call)) {
    bytes += chunk.byteLength
    if (bytes > mostBytes) return undefined
    chunks.push(chunk)
  }
  return new TextDecoder().decode(Buffer.concat(chunks))
}

async function readWithin(reader: ReadableStreamDefaultReader<Uint8Array>, stall: number, signal: AbortSignal) {
  const ends: (() => void)[] = []
  const never = new Promise<never>((_, reject) => {
    const silence = `no byte for ${Math.round(stall / 1000)} s`
    const timer = setTimeout(() => reject(new SourceProblem(silence, { type: 'later' })), stall)
    const stop = () => reject(signal.reason)
    signal.addEventListener('abort', stop, { once: true })
    ends.push(
      () => clearTimeout(timer),
      () => signal.removeEventListener('abort', stop),
    )
  })
  try {
    signal.throwIfAborted()
    return await Promise.race([reader.read(), never])
  } finally {
    for (const end of ends) end()
  }
}
