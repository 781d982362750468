import { createHash } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { zstdCompressSync } from 'node:zlib'
import type { EmbeddedFile, EmbeddedLibraries, EmbeddedPart } from '../embedded-libraries.ts'

/** For tests: small libraries as an executable carries them, compressed into files below `place`. */
export function makeEmbedded(place: string, more: Partial<EmbeddedLibraries> = {}): EmbeddedLibraries {
  const inside = join(place, 'inside')
  mkdirSync(inside, { recursive: true })
  const files = Object.entries(contents).map(([name, part], index): EmbeddedFile => {
    const content = contentFor(name)
    const path = join(inside, `file-${index}`)
    writeFileSync(path, zstdCompressSync(content))
    return { name, part, bytes: content.length, sha256: createHash('sha256').update(content).digest('hex'), path }
  })
  return { version: '1.2.3', device: 'cpu', hash: 'abcdef0123456789', files, ...more }
}

export const contentFor = (name: string): string => `content of ${name}`

const contents: Readonly<Record<string, EmbeddedPart>> = {
  'llama-addon.node': 'libraries',
  'libggml.so': 'libraries',
  'c++-runtime/libstdc++.so.6': 'c++-runtime',
  'fallback/libggml-cuda.so': 'cuda-12',
}

/** What is unpacked unless somebody asks for more. */
export const usualNames = ['c++-runtime/libstdc++.so.6', 'libggml.so', 'llama-addon.node']
