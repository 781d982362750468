import { createHash } from 'node:crypto'
import { createReadStream, existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'

/** The name of the list, as every release of everything calls it. */
export const checksumsName = 'SHA256SUMS'

/**
 * The SHA-256 of files in a folder, by name, in hexadecimal. What the list of an earlier build says is taken where the file has
 * not been changed since before the list was made (`listTime`): reading ten executables takes seconds.
 */
export async function checksumsOf(folder: string, names: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const list = join(folder, checksumsName)
  const known = readChecksums(existsSync(list) ? readFileSync(list, 'utf8') : '')
  const written = statSync(list, { throwIfNoEntry: false })?.mtimeMs ?? 0
  const sums = new Map<string, string>()
  for (const name of names) {
    const path = join(folder, name)
    const earlier = statSync(path).ctimeMs < written ? known.get(name) : undefined
    sums.set(name, earlier ?? (await sha256Of(path)))
  }
  return sums
}

/**
 * The time to give to a list whose sums are computed from now on, in seconds since 1970. A file that is replaced while they are
 * computed is younger, and not taken for the one that was read; file systems' clocks are behind ours by some milliseconds.
 */
export const listTime = (): number => Date.now() / 1000 - 1

/** As `sha256sum` writes and reads it. */
export const renderChecksums = (sums: ReadonlyMap<string, string>): string =>
  [...sums]
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([name, sum]) => `${sum}  ${name}\n`)
    .join('')

/** Reads a list; lines that are none are left out. */
export function readChecksums(text: string): ReadonlyMap<string, string> {
  const rows = text.split('\n').flatMap((line) => {
    const [, sum, name] = /^([\da-f]{64}) [ *](.+)$/.exec(line) ?? []
    return sum && name ? [[name, sum] as const] : []
  })
  return new Map(rows)
}

/** Of a file, in hexadecimal. */
export async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(path, { highWaterMark: 1024 * 1024 }), async (chunks: AsyncIterable<Buffer>) => {
    for await (const chunk of chunks) hash.update(chunk)
  })
  return hash.digest('hex')
}
