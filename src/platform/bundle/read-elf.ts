import { isLine } from './contents.ts'
import type { ExecutableFormat } from './executable-format.ts'

const processors: Readonly<Record<number, string>> = { 62: 'x64', 183: 'arm64' }

/** The entry of the program headers that names the loader. */
const interpreterType = 3

/** Reads the headers of a program for Linux; undefined where it is none. Throws `RangeError` where they are cut. */
export function readElf(head: Buffer): ExecutableFormat | undefined {
  if (head.length < 64 || head.toString('latin1', 0, 4) !== '\x7fELF') return undefined
  const [bits, order] = [head.readUInt8(4), head.readUInt8(5)]
  // Everything that is built here has 64 bits, least byte first.
  if (bits !== 2 || order !== 1) return undefined
  const number = head.readUInt16LE(18)
  const interpreter = readInterpreter(head)
  return {
    name: 'ELF',
    machine: `linux-${processors[number] ?? number}`,
    ...(interpreter && isLine(interpreter) && { needs: interpreter }),
  }
}

function readInterpreter(head: Buffer): string | undefined {
  const table = Number(head.readBigUInt64LE(32))
  const [entryBytes, count] = [head.readUInt16LE(54), head.readUInt16LE(56)]
  for (let index = 0; index < count; index++) {
    const at = table + index * entryBytes
    if (head.readUInt32LE(at) !== interpreterType) continue
    const offset = Number(head.readBigUInt64LE(at + 8))
    const bytes = Number(head.readBigUInt64LE(at + 32))
    return head.toString('latin1', offset, offset + Math.max(0, bytes - 1))
  }
  return undefined
}
