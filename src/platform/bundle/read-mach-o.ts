import type { ExecutableFormat } from './executable-format.ts'

const processors: Readonly<Record<number, string>> = { 16777223: 'x64', 16777228: 'arm64' }

const magic = 0xfeedfacf
const headerBytes = 32
/** The load commands that are looked at. */
const [signatureCommand, versionCommand, oldVersionCommand] = [0x1d, 0x32, 0x24]

/** Reads the headers of a program for macOS; undefined where it is none. Throws `RangeError` where they are cut. */
export function readMachO(head: Buffer): ExecutableFormat | undefined {
  if (head.length < headerBytes || head.readUInt32LE(0) !== magic) return undefined
  const number = head.readUInt32LE(4)
  const commands = [...loadCommands(head)]
  const signature = commands.find(({ type }) => type === signatureCommand)?.at
  const version = commands.find(({ type }) => type === versionCommand)?.at
  const oldVersion = commands.find(({ type }) => type === oldVersionCommand)?.at
  const least = version === undefined ? oldVersion && oldVersion + 8 : version + 12
  return {
    name: 'Mach-O',
    machine: `darwin-${processors[number] ?? number}`,
    ...(least !== undefined && { needs: `macOS ${head.readUInt16LE(least + 2)}.${head.readUInt8(least + 1)}` }),
    ...(signature !== undefined && {
      signature: { at: head.readUInt32LE(signature + 8), bytes: head.readUInt32LE(signature + 12) },
    }),
  }
}

function* loadCommands(head: Buffer): Generator<{ readonly type: number; readonly at: number }> {
  const count = head.readUInt32LE(16)
  let at = headerBytes
  for (let index = 0; index < count; index++) {
    yield { type: head.readUInt32LE(at), at }
    const bytes = head.readUInt32LE(at + 4)
    if (bytes < 8) throw new RangeError('a load command without a length')
    at += bytes
  }
}
