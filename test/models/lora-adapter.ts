import type { ModelHeader } from '../../src/core/model.ts'
import { type GgufTensor, type GgufValue, writeGguf } from '../../src/models/gguf/write-gguf.ts'
import { encodeTensor } from '../../src/models/import/encode-tensor.ts'
import { SeededRandom } from '../seeded-random.ts'

interface AdapterOptions {
  /** Of the model that it is for. */
  readonly header: ModelHeader
  /** Size of its numbers; 0: it changes nothing. */
  readonly strength: number
  readonly rank?: number
  /** In place of what the header says, for adapters that do not fit. */
  readonly architecture?: string
  readonly embeddingSize?: number
}

/** Writes a LoRA adapter for the attention's output in every block, of random numbers. */
export async function writeAdapter(path: string, options: AdapterOptions): Promise<void> {
  const { header, strength, rank = 4, architecture = header.architecture } = options
  const size = options.embeddingSize ?? header.embeddingSize ?? 0
  const random = new SeededRandom(7)
  const tensor = (name: string, dimensions: readonly [number, number]): GgufTensor => ({
    name,
    type: 'F32',
    dimensions,
    data: async () =>
      encodeTensor(
        Float32Array.from({ length: dimensions[0] * dimensions[1] }, () => (random.next() * 2 - 1) * strength),
        'F32',
      ),
  })
  const text = (value: string): GgufValue => ({ type: 'string', value })
  await writeGguf(path, {
    metadata: {
      'general.architecture': text(architecture),
      'general.type': text('adapter'),
      'adapter.type': text('lora'),
      'adapter.lora.alpha': { type: 'float32', value: rank },
    },
    tensors: Array.from({ length: header.blockCount ?? 0 }, (_, block) => [
      tensor(`blk.${block}.attn_output.weight.lora_a`, [size, rank]),
      tensor(`blk.${block}.attn_output.weight.lora_b`, [rank, size]),
    ]).flat(),
  })
}
