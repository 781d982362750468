import { readFileSync, type Stats, statSync } from 'node:fs'
import { readFile, stat } from 'node:fs/promises'

/** The text of a file, or why there is none. */
export type FileReading =
  | { readonly text: string }
  | { readonly isMissing: boolean; readonly isPipe?: true; readonly problem: string }

interface ReadLimits {
  readonly mostBytes: number
  /** Whether it may be what can be read once only, as `<(command)` of shells. Absent: it may not. */
  readonly mayBePipe?: true
}

/** Reads a file of UTF-8 text without holding anything up. Never rejects. */
export async function readText(path: string, limits: ReadLimits): Promise<FileReading> {
  try {
    return refusal(path, await stat(path), limits) ?? textOf(path, await readFile(path), limits)
  } catch (error) {
    return unreadable(path, error)
  }
}

/** As `readText`, at once. Never throws. */
export function readTextNow(path: string, limits: ReadLimits): FileReading {
  try {
    return refusal(path, statSync(path), limits) ?? textOf(path, readFileSync(path), limits)
  } catch (error) {
    return unreadable(path, error)
  }
}

/** Before it is opened: a pipe that nobody writes into would be waited for without end. */
function refusal(path: string, facts: Stats, { mostBytes, mayBePipe }: ReadLimits): FileReading | undefined {
  if (facts.isFile()) return facts.size > mostBytes ? tooLarge(path, mostBytes) : undefined
  if (facts.isDirectory() || mayBePipe) return undefined
  return { isMissing: false, isPipe: true, problem: `${path} is a pipe or a device, which can be read once only` }
}

function textOf(path: string, bytes: Uint8Array, { mostBytes }: ReadLimits): FileReading {
  if (bytes.length > mostBytes) return tooLarge(path, mostBytes)
  return { text: new TextDecoder('utf-8', { fatal: true }).decode(bytes) }
}

const tooLarge = (path: string, mostBytes: number): FileReading => ({
  isMissing: false,
  problem: `the file ${path} cannot be read: it has more than ${mostBytes / 1024} KiB`,
})

const unreadable = (path: string, error: unknown): FileReading => ({
  isMissing: (error as NodeJS.ErrnoException).code === 'ENOENT',
  problem: `the file ${path} cannot be read: ${reason(error)}`,
})

function reason(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException
  const known = {
    ENOENT: 'it does not exist',
    ENOTDIR: 'it does not exist',
    EISDIR: 'it is a folder',
    EACCES: 'it may not be read by this user',
    ERR_ENCODING_INVALID_ENCODED_DATA: 'it is not UTF-8 text',
  }
  return known[code as keyof typeof known] ?? message
}
