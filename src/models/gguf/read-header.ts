import { constants } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import type { ModelHeader } from '../../core/model.ts'
import { ByteCursor, type ByteSource } from './byte-cursor.ts'
import { HeaderProblem } from './header-problem.ts'
import { type Metadata, readMetadata } from './metadata.ts'
import { largestOf, layoutOf, present } from './read-layout.ts'
import { readTensorSummary, type TensorSummary } from './tensor-summary.ts'

const MAGIC = 0x46554747
const PAIR_LIMIT = 65_536
const TENSOR_LIMIT = 1_000_000
const DEFAULT_ALIGNMENT = 32
const POOLING = ['none', 'mean', 'cls', 'last', 'rank']

/** The head of a model file, and what else of it concerns where its parts are. */
export interface ModelFileHead {
  readonly header: ModelHeader
  readonly fileBytes: number
  /** Of how many files the model consists. */
  readonly partCount: number
  /** What the file is: a model, a LoRA adapter for one, or what reads images for one. */
  readonly role: FileRole
}

export type FileRole = 'model' | 'adapter' | 'projector'

/**
 * Reads the head of a GGUF file (version 2 or 3, little-endian), and no tensor. Throws `HeaderProblem` for anything
 * else, and for a file that ends before its last tensor does. Memory and time are bounded, whatever the file claims.
 * Format: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
 */
export async function readHeader(path: string): Promise<ModelHeader> {
  return (await readModelFileHead(path)).header
}

/** As `readHeader`, with what tells whether more files belong to the model. */
export async function readModelFileHead(path: string): Promise<ModelFileHead> {
  const file = await openFile(path)
  try {
    return await readFrom(file)
  } catch (error) {
    throw error instanceof HeaderProblem ? error : unreadable(error)
  } finally {
    await file.close()
  }
}

async function openFile(path: string): Promise<FileHandle> {
  try {
    // A named pipe would keep a plain open() waiting for a writer for ever.
    return await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0))
  } catch (error) {
    throw unreadable(error)
  }
}

function unreadable(error: unknown): HeaderProblem {
  const { code, message } = error as NodeJS.ErrnoException
  if (code === 'ENOENT') return new HeaderProblem('missing', 'there is no such file', { cause: error })
  if (code === 'EISDIR') return new HeaderProblem('directory', 'it is a folder, not a file', { cause: error })
  return new HeaderProblem('unreadable', `it cannot be read (${message})`, { cause: error })
}

async function readFrom(file: FileHandle): Promise<ModelFileHead> {
  const stat = await file.stat()
  if (stat.isDirectory()) throw new HeaderProblem('directory', 'it is a folder, not a file')
  if (!stat.isFile()) throw new HeaderProblem('unreadable', 'it is not a regular file')
  if (stat.size === 0) throw new HeaderProblem('empty', 'the file is empty')
  return readHead(file, stat.size)
}

/** As `readModelFileHead`, of a file that is somewhere else: only its head is asked for. What `source` throws goes through. */
export async function readHead(source: ByteSource, fileBytes: number): Promise<ModelFileHead> {
  const cursor = new ByteCursor(source, fileBytes)
  await checkStart(cursor, fileBytes)
  const tensorCount = await countOf(cursor, 'tensors', TENSOR_LIMIT)
  const pairCount = await countOf(cursor, 'keys', PAIR_LIMIT)
  const metadata = await readMetadata(cursor, pairCount)
  const tensors = await readTensorSummary(cursor, tensorCount)
  checkExtent({ metadata, tensors, headBytes: cursor.position, fileBytes })
  return {
    header: toHeader(metadata, tensors),
    fileBytes,
    partCount: metadata.numbers.get('split.count') || 1,
    role: roleOf(metadata.texts),
  }
}

function roleOf(texts: Metadata['texts']): FileRole {
  if (texts.get('general.type') === 'adapter' || texts.has('adapter.type')) return 'adapter'
  const isProjector = texts.get('general.type') === 'mmproj' || texts.get('general.architecture') === 'clip'
  return isProjector ? 'projector' : 'model'
}

async function checkStart(cursor: ByteCursor, fileBytes: number): Promise<void> {
  if (fileBytes < 4 || (await cursor.uint32()) !== MAGIC)
    throw new HeaderProblem('not-gguf', 'it is not a GGUF file (it does not start with the letters GGUF)')
  const version = await cursor.uint32()
  if (version === 2 || version === 3) return
  const isBigEndian = version !== 0 && (version & 0xffff) === 0
  const found = isBigEndian ? 'big-endian' : `version ${version}`
  throw new HeaderProblem('unsupported-version', `it is a GGUF file of an unsupported kind (${found})`)
}

async function countOf(cursor: ByteCursor, what: string, limit: number): Promise<number> {
  const count = await cursor.uint64()
  if (count > limit) throw new HeaderProblem('damaged', `its head claims ${count} ${what}`)
  return count
}

interface Extent {
  readonly metadata: Metadata
  readonly tensors: TensorSummary
  readonly headBytes: number
  readonly fileBytes: number
}

function checkExtent({ metadata, tensors, headBytes, fileBytes }: Extent): void {
  const alignment = metadata.numbers.get('general.alignment') ?? DEFAULT_ALIGNMENT
  if (!Number.isInteger(alignment) || alignment < 1)
    throw new HeaderProblem('damaged', `general.alignment is ${alignment}`)
  if (tensors.endOffset === 0) return
  const needed = Math.ceil(headBytes / alignment) * alignment + tensors.endOffset
  if (needed > fileBytes)
    throw new HeaderProblem('truncated', `the file has ${fileBytes} of the ${needed} bytes that its head describes`)
}

function toHeader(metadata: Metadata, tensors: TensorSummary): ModelHeader {
  const { numbers, texts, arrayLengths } = metadata
  // Of a split model the first file alone says what it is.
  const isLaterPart = (numbers.get('split.no') ?? 0) > 0
  const architecture = texts.get('general.architecture') || (isLaterPart ? '' : undefined)
  if (architecture === undefined) throw new HeaderProblem('damaged', "its head has no 'general.architecture'")
  const number = (key: string) => numbers.get(`${architecture}.${key}`)
  const largest = (key: string) => number(key) ?? largestOf(metadata.numberLists.get(`${architecture}.${key}`))
  const pooling = number('pooling_type')
  return present({
    architecture,
    name: texts.get('general.name'),
    licence: texts.get('general.license'),
    quantisation: tensors.commonType,
    parameterCount: tensors.parameterCount || undefined,
    trainedContextSize: number('context_length'),
    blockCount: number('block_count'),
    embeddingSize: number('embedding_length'),
    headCount: largest('attention.head_count'),
    headCountKeyValue: largest('attention.head_count_kv'),
    keyLength: number('attention.key_length'),
    valueLength: number('attention.value_length'),
    vocabularySize: arrayLengths.get('tokenizer.ggml.tokens') ?? number('vocab_size'),
    chatTemplate: texts.get('tokenizer.chat_template'),
    rerankTemplate: texts.get('tokenizer.chat_template.rerank'),
    pooling: pooling === undefined ? undefined : POOLING[pooling],
    tensorBytes: tensors.tensorBytes,
    layout: layoutOf(metadata, architecture, tensors),
  })
}
