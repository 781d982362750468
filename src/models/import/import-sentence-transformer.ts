import { type FileHandle, open, readdir, rename, rm, stat } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import type { GgufTensor, GgufValue } from '../gguf/write-gguf.ts'
import { writeGguf } from '../gguf/write-gguf.ts'
import { type BertConfiguration, readBertConfiguration } from './bert-configuration.ts'
import { type BertTensor, bertTensors } from './bert-tensors.ts'
import { encodeTensor, type TensorEncoding } from './encode-tensor.ts'
import { ModelFolder } from './model-folder.ts'
import { readPooling } from './pooling.ts'
import { readFloats, readTensorList, type StoredTensor } from './safetensors.ts'
import { readVocabulary } from './vocabulary.ts'

export interface ImportCall {
  /** A folder that sentence-transformers saved: modules.json, config.json, vocab.txt, model.safetensors … */
  readonly directory: string
  /** The file to write; what is there is replaced, once the new one is whole. */
  readonly target: string
  /** Type of the large matrices. Absent: `Q8_0`; its vectors have a cosine above 0.998 with those of `F32`. */
  readonly encoding?: TensorEncoding
  /** `general.name` of the model. Absent: the folder's name. */
  readonly name?: string
  /** `general.license`, an SPDX name in lower case. */
  readonly licence?: string
  readonly signal?: AbortSignal
  /** Called with the bytes of tensors that are written, and those that there are. */
  readonly onProgress?: (doneBytes: number, totalBytes: number) => void
}

const FILE_TYPES: Readonly<Record<TensorEncoding, number>> = { F32: 0, F16: 1, Q8_0: 7 }

/**
 * Turns a sentence-transformers folder of the BERT architecture into a GGUF file that llama.cpp reads, as its
 * convert_hf_to_gguf.py does, without Python. Throws `model_import_failed` with the field and the value that stand in
 * the way, and the signal's reason once it aborts; the target appears only when it is whole.
 */
export async function importSentenceTransformer(call: ImportCall): Promise<void> {
  const folder = new ModelFolder(resolve(call.directory))
  await requireFolder(folder)
  const configuration = await readBertConfiguration(folder)
  const metadata = await readMetadata(folder, configuration, call)
  const weights = await openWeights(folder)
  const unfinished = `${call.target}.importing`
  try {
    const tensors = await planTensors({ folder, configuration, weights, encoding: call.encoding ?? 'Q8_0' })
    const { signal, onProgress } = call
    await writeGguf(unfinished, {
      metadata,
      tensors,
      ...(signal && { signal }),
      ...(onProgress && { onProgress }),
    })
    await rename(unfinished, call.target)
  } finally {
    await weights.close()
    await rm(unfinished, { force: true })
  }
}

async function requireFolder(folder: ModelFolder): Promise<void> {
  const found = await stat(folder.path).catch((error: Error) => {
    throw folder.problem(`it cannot be read (${error.message})`, error)
  })
  if (!found.isDirectory()) throw folder.problem('it is no folder')
}

async function readMetadata(folder: ModelFolder, configuration: BertConfiguration, call: ImportCall) {
  const text = (value: string): GgufValue => ({ type: 'string', value })
  const number = (value: number): GgufValue => ({ type: 'uint32', value })
  return {
    'general.architecture': text('bert'),
    'general.name': text(call.name ?? basename(folder.path)),
    ...(call.licence && { 'general.license': text(call.licence) }),
    'general.file_type': number(FILE_TYPES[call.encoding ?? 'Q8_0']),
    'bert.block_count': number(configuration.layers),
    'bert.context_length': number(configuration.maxPositions),
    'bert.embedding_length': number(configuration.hiddenSize),
    'bert.feed_forward_length': number(configuration.feedForwardSize),
    'bert.attention.head_count': number(configuration.heads),
    'bert.attention.layer_norm_epsilon': { type: 'float32', value: configuration.layerNormEpsilon },
    'bert.attention.causal': { type: 'bool', value: false },
    'bert.pooling_type': number(await readPooling(folder)),
    'tokenizer.ggml.token_type_count': number(configuration.tokenTypes),
    ...(await readVocabulary(folder, configuration.vocabularySize)),
  } satisfies Record<string, GgufValue>
}

async function openWeights(folder: ModelFolder): Promise<FileHandle> {
  try {
    return await open(join(folder.path, 'model.safetensors'))
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code !== 'ENOENT') throw folder.problem(`model.safetensors cannot be read (${message})`, error)
    const others = (await readdir(folder.path)).filter((file) => /\.(safetensors|bin|h5|onnx|json)$/.test(file))
    throw folder.problem(`model.safetensors is missing, and other files cannot be imported (${others.join(', ')})`)
  }
}

interface Plan {
  readonly folder: ModelFolder
  readonly configuration: BertConfiguration
  readonly weights: FileHandle
  readonly encoding: TensorEncoding
}

async function planTensors({ folder, configuration, weights, encoding }: Plan): Promise<readonly GgufTensor[]> {
  const stored = await readTensorList(folder, weights)
  return bertTensors(configuration).map((wanted) => {
    const found = storedAs(wanted, stored)
    if (!found) throw folder.problem(`model.safetensors lacks the tensor '${wanted.from}'`)
    checkTensor(folder, wanted, found)
    const type = encodingFor(wanted, encoding)
    const data = async () => encodeTensor(await readFloats(weights, found), type)
    return { name: wanted.to, type, dimensions: wanted.shape.toReversed(), data }
  })
}

/** Older checkpoints carry a prefix, and call the parts of a layer norm gamma and beta. */
function storedAs({ from }: BertTensor, stored: ReadonlyMap<string, StoredTensor>): StoredTensor | undefined {
  const older = from.replace(/LayerNorm\.weight$/, 'LayerNorm.gamma').replace(/LayerNorm\.bias$/, 'LayerNorm.beta')
  const names = [from, `bert.${from}`, older, `bert.${older}`]
  return names.map((name) => stored.get(name)).find((tensor) => tensor !== undefined)
}

function checkTensor(folder: ModelFolder, wanted: BertTensor, { type, shape }: StoredTensor): void {
  if (!['F32', 'F16', 'BF16'].includes(type))
    throw folder.problem(`the tensor '${wanted.from}' has the type ${type}, and F32, F16 or BF16 is needed`)
  if (shape.join() !== wanted.shape.join())
    throw folder.problem(
      `the tensor '${wanted.from}' has the shape [${shape}], and config.json asks for [${wanted.shape}]`,
    )
}

/** A row that does not divide into blocks stays in 16 bits. */
function encodingFor({ shape, canQuantise }: BertTensor, encoding: TensorEncoding): TensorEncoding {
  if (!canQuantise) return 'F32'
  return encoding === 'Q8_0' && (shape.at(-1) ?? 0) % 32 !== 0 ? 'F16' : encoding
}
