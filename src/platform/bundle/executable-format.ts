import type { FileHandle } from 'node:fs/promises'
import { fill } from './find-bytes.ts'
import { readElf } from './read-elf.ts'
import { readMachO } from './read-mach-o.ts'
import { readPortableExecutable } from './read-portable-executable.ts'

/** What kind of program a file is, by its own headers. */
export interface ExecutableFormat {
  readonly name: 'ELF' | 'Mach-O' | 'PE'
  /** What Node calls the machine: `linux-x64`, `darwin-arm64` …; a processor that nothing is built for is given by its number. */
  readonly machine: string
  /** What it wants of the system that it runs on, where the headers say it: the loader, or the oldest macOS. */
  readonly needs?: string
  /** Where the signature lies that travels in the file; absent: there is none. */
  readonly signature?: { readonly at: number; readonly bytes: number }
}

/** The headers of every program that is built here lie in it. */
const headBytes = 64 * 1024

/** Tells a program's format and machine. Undefined: it is none of the three, or its headers are damaged. */
export async function readFormat(file: FileHandle): Promise<ExecutableFormat | undefined> {
  const buffer = Buffer.alloc(headBytes)
  return headerOf(buffer.subarray(0, await fill(file, buffer, 0)))
}

/** The same, of the beginning of a program or of a library. */
export function headerOf(head: Buffer): ExecutableFormat | undefined {
  try {
    return readElf(head) ?? readMachO(head) ?? readPortableExecutable(head)
  } catch (error) {
    // A number in the headers points behind their end.
    if (error instanceof RangeError) return undefined
    throw error
  }
}
