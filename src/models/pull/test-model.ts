import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { GgufValue } from '../gguf/write-gguf.ts'
import { writeGguf } from '../gguf/write-gguf.ts'

export interface TestModel {
  /** Another content for each. */
  readonly seed?: number
  /** Absent: `llama`. Empty: none is told. */
  readonly architecture?: string
  /** Numbers in its one tensor, four bytes each. Default 25,000. */
  readonly numbers?: number
  readonly metadata?: Readonly<Record<string, GgufValue>>
}

/** The bytes of a whole GGUF file that no runtime could use. For tests only. */
export async function makeModel(model: TestModel = {}): Promise<Uint8Array> {
  const { seed = 1, architecture = 'llama', numbers = 25_000, metadata = {} } = model
  const folder = await mkdtemp(join(tmpdir(), 'hearth-test-model-'))
  try {
    const path = join(folder, 'made.gguf')
    const data = async () => new Uint8Array(numbers * 4).map((_, index) => (index * seed * 31) % 251)
    const told: Record<string, GgufValue> =
      architecture === '' ? {} : { 'general.architecture': { type: 'string', value: architecture } }
    await writeGguf(path, {
      metadata: { ...told, ...metadata },
      tensors: [{ name: 'weight', type: 'F32', dimensions: [numbers], data }],
    })
    return new Uint8Array(await readFile(path))
  } finally {
    await rm(folder, { recursive: true })
  }
}

/** The files of a split model: the first alone says what it is, as llama-gguf-split writes them. */
export async function makeSplitModel(count: number): Promise<readonly Uint8Array[]> {
  const parts = Array.from({ length: count }, (_, index) =>
    makeModel({
      seed: index + 1,
      architecture: index === 0 ? 'llama' : '',
      metadata: {
        'split.no': { type: 'uint32', value: index },
        'split.count': { type: 'uint32', value: count },
      },
    }),
  )
  return Promise.all(parts)
}
