import { type FileHandle, open } from 'node:fs/promises'
import process from 'node:process'
import { headerOf } from '../bundle/executable-format.ts'

/** Entries of the program headers, and of the dynamic section, by their numbers. */
const [load, dynamic] = [1, 2]
const [stringTable, ownName] = [5n, 14n]
const headBytes = 64 * 1024

/**
 * Why a file cannot be opened as the library of that name on that machine (`linux-x64`), by its own headers: a clause whose
 * subject is the file. Undefined: it can, as far as they tell. Rejects where the file cannot be read.
 */
export async function libraryProblem(
  path: string,
  name: string,
  machine = `${process.platform}-${process.arch}`,
): Promise<string | undefined> {
  const file = await open(path)
  try {
    const head = await read(file, 0, headBytes)
    const found = headerOf(head)
    if (!found) return 'is no shared library'
    if (found.machine !== machine) return `is for ${found.machine}, and this machine is ${machine}`
    const inside = found.name === 'ELF' ? await nameInside(file, head) : name
    return inside === name ? undefined : `is ${inside ?? 'without a name'} inside, not ${name}`
  } catch (error) {
    if (error instanceof RangeError) return 'is damaged: its headers lead behind its end'
    throw error
  } finally {
    await file.close()
  }
}

/** The SONAME of a library, by which others find it once it is open. Throws `RangeError` where the headers are damaged. */
async function nameInside(file: FileHandle, head: Buffer): Promise<string | undefined> {
  const segments = segmentsOf(head)
  const section = segments.find(({ type }) => type === dynamic)
  if (!section) return undefined
  const entries = new Map<bigint, number>()
  const table = await read(file, section.offset, Math.min(section.bytes, headBytes))
  for (let at = 0; at + 16 <= table.length; at += 16)
    entries.set(table.readBigUInt64LE(at), Number(table.readBigUInt64LE(at + 8)))
  const [strings, name] = [entries.get(stringTable), entries.get(ownName)]
  if (strings === undefined || name === undefined) return undefined
  const segment = segments.find(
    ({ type, address, bytes }) => type === load && strings >= address && strings < address + bytes,
  )
  if (!segment) return undefined
  const text = (await read(file, strings - segment.address + segment.offset + name, 256)).toString('latin1')
  return text.slice(0, Math.max(0, text.indexOf('\0')))
}

function segmentsOf(head: Buffer) {
  const table = Number(head.readBigUInt64LE(32))
  const [entryBytes, count] = [head.readUInt16LE(54), head.readUInt16LE(56)]
  return Array.from({ length: count }, (_, index) => {
    const at = table + index * entryBytes
    const number = (offset: number) => Number(head.readBigUInt64LE(at + offset))
    return { type: head.readUInt32LE(at), offset: number(8), address: number(16), bytes: number(32) }
  })
}

async function read(file: FileHandle, at: number, bytes: number): Promise<Buffer> {
  if (!Number.isSafeInteger(at)) throw new RangeError('behind the end')
  const buffer = Buffer.alloc(bytes)
  const { bytesRead } = await file.read(buffer, 0, bytes, at)
  return buffer.subarray(0, bytesRead)
}
