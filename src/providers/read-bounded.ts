/** What an answer with an error may have at most, in bytes, and how long it may take, in milliseconds. */
const mostBytes = 65_536
const mostMilliseconds = 5000

/** As much of the text of a body as is needed to know what it says. Never throws: what breaks off is told as far as it came. */
export async function readBounded(body: ReadableStream<Uint8Array> | null): Promise<string> {
  const reader = body?.getReader()
  if (!reader) return ''
  const chunks: Uint8Array[] = []
  const timer = setTimeout(() => void reader.cancel().catch(() => {}), mostMilliseconds)
  try {
    for (let bytes = 0; bytes < mostBytes; ) {
      const { done, value } = await reader.read()
      if (done) break
      bytes += value.byteLength
      chunks.push(value)
    }
  } catch {
    // What has come is all there is.
  } finally {
    clearTimeout(timer)
    reader.cancel().catch(() => {})
  }
  return new TextDecoder().decode(Buffer.concat(chunks).subarray(0, mostBytes))
}
