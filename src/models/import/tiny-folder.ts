import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { BertConfiguration } from './bert-configuration.ts'
import { bertTensors } from './bert-tensors.ts'

/** The files of a sentence-transformers folder by their paths; `undefined` leaves one out. */
export type FolderFiles = Readonly<Record<string, unknown>>

/** A BERT model that is as small as one can be. */
export const tinyConfiguration: BertConfiguration = {
  layers: 1,
  hiddenSize: 32,
  feedForwardSize: 64,
  heads: 4,
  maxPositions: 16,
  tokenTypes: 2,
  vocabularySize: 9,
  layerNormEpsilon: 1e-12,
}

/** Its config.json. */
export const tinyConfig = {
  model_type: 'bert',
  hidden_act: 'gelu',
  num_hidden_layers: 1,
  hidden_size: 32,
  intermediate_size: 64,
  num_attention_heads: 4,
  max_position_embeddings: 16,
  type_vocab_size: 2,
  vocab_size: 9,
  layer_norm_eps: 1e-12,
}

const tinyVocabulary = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]', 'cat', '##s', '!', '']

/** Writes one, for tests only; `change` replaces files, objects as JSON. */
export async function writeTinyFolder(path: string, change: FolderFiles = {}): Promise<void> {
  const files: FolderFiles = {
    'config.json': tinyConfig,
    'modules.json': [
      { path: '', type: 'sentence_transformers.models.Transformer' },
      { path: '1_Pooling', type: 'sentence_transformers.models.Pooling' },
      { path: '2_Normalize', type: 'sentence_transformers.models.Normalize' },
    ],
    '1_Pooling/config.json': {
      word_embedding_dimension: 32,
      pooling_mode_mean_tokens: true,
      pooling_mode_cls_token: false,
    },
    'tokenizer_config.json': { do_lower_case: true, cls_token: { content: '[CLS]' } },
    'vocab.txt': `${tinyVocabulary.slice(0, 8).join('\n')}\n`,
    'model.safetensors': tinyWeights('F32'),
    ...change,
  }
  await mkdir(join(path, '1_Pooling'), { recursive: true })
  for (const [file, content] of Object.entries(files)) {
    if (content === undefined) continue
    const isPlain = typeof content === 'string' || content instanceof Uint8Array
    await writeFile(join(path, file), isPlain ? content : JSON.stringify(content))
  }
}

/** A safetensors file with every tensor of the tiny model; each number is a multiple of 1/8, exact in every type. */
export function tinyWeights(type: 'F32' | 'F16' | 'BF16', rename = (name: string) => name): Uint8Array {
  const head: Record<string, unknown> = { __metadata__: { format: 'pt' } }
  const parts: Uint8Array[] = []
  let offset = 0
  for (const { from, shape } of bertTensors(tinyConfiguration)) {
    const count = shape.reduce((product, side) => product * side, 1)
    const part = encode(
      Float32Array.from({ length: count }, (_, index) => ((index % 31) - 15) / 8),
      type,
    )
    head[rename(from)] = { dtype: type, shape, data_offsets: [offset, offset + part.byteLength] }
    offset += part.byteLength
    parts.push(part)
  }
  const text = new TextEncoder().encode(JSON.stringify(head))
  const length = new Uint8Array(new BigUint64Array([BigInt(text.byteLength)]).buffer)
  return Buffer.concat([length, text, ...parts])
}

function encode(floats: Float32Array, type: 'F32' | 'F16' | 'BF16'): Uint8Array {
  if (type === 'F32') return new Uint8Array(floats.buffer)
  if (type === 'F16') return new Uint8Array(new Float16Array(floats).buffer)
  return new Uint8Array(Uint16Array.from(new Uint32Array(floats.buffer), (bits) => bits >>> 16).buffer)
}
