import { createHash } from 'node:crypto'
import { buffer } from 'node:stream/consumers'
import { ZipFile } from 'yazl'
import type { RuntimeWheel } from './runtime-packages.ts'

/** A wheel of a few bytes, laid out as NVIDIA's are. */
export interface TinyWheel {
  readonly row: RuntimeWheel
  readonly bytes: Buffer
}

interface TinyWheelFacts {
  readonly package: string
  readonly version: string
  /** Contents of the files below `nvidia/cu13/lib/`. */
  readonly libraries: Readonly<Record<string, Buffer>>
  /** What its RECORD says of the first library. */
  readonly recordedSum?: string
}

/** Makes one; the RECORD is right unless it is told otherwise. */
export async function tinyWheel({ recordedSum, ...facts }: TinyWheelFacts): Promise<TinyWheel> {
  const name = facts.package.replaceAll('-', '_')
  const info = `${name}-${facts.version}.dist-info`
  const members: Record<string, Buffer> = {
    'nvidia/cu13/include/header.h': Buffer.from('// nothing'),
    ...Object.fromEntries(Object.entries(facts.libraries).map(([file, bytes]) => [`nvidia/cu13/lib/${file}`, bytes])),
    [`${info}/licenses/License.txt`]: Buffer.from('The licence.'),
  }
  const [first] = Object.keys(facts.libraries)
  const lines = Object.entries(members).map(([path, bytes]) => {
    const sum = path.endsWith(`/${first}`) && recordedSum ? recordedSum : sumOf(bytes, 'base64url')
    return `${path},sha256=${sum},${bytes.length}`
  })
  const zip = new ZipFile()
  for (const [path, bytes] of Object.entries(members)) zip.addBuffer(bytes, path)
  zip.addBuffer(Buffer.from(`${lines.join('\n')}\n${info}/RECORD,,\n`), `${info}/RECORD`)
  zip.end()
  const bytes = await buffer(zip.outputStream)
  const row: RuntimeWheel = {
    ...{ package: facts.package, version: facts.version, bytes: bytes.length, sha256: sumOf(bytes, 'hex') },
    file: `${name}-${facts.version}-py3-none-any.whl`,
    libraries: Object.fromEntries(Object.entries(facts.libraries).map(([file, content]) => [file, content.length])),
  }
  return { row, bytes }
}

const sumOf = (bytes: Uint8Array, encoding: 'hex' | 'base64url') => createHash('sha256').update(bytes).digest(encoding)
