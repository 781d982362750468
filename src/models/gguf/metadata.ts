import type { ByteCursor } from './byte-cursor.ts'
import { HeaderProblem } from './header-problem.ts'

/** What the key-value part of a head says, as far as it is kept: numbers, booleans and the texts that are asked for. */
export interface Metadata {
  readonly numbers: ReadonlyMap<string, number>
  readonly texts: ReadonlyMap<string, string>
  /** Of every array, by its key: how many elements it has. */
  readonly arrayLengths: ReadonlyMap<string, number>
  /** Arrays with one number a layer, where heads are counted so. */
  readonly numberLists: ReadonlyMap<string, readonly number[]>
}

const KEY_LIMIT_BYTES = 64 * 1024
const TEXT_LIMIT_BYTES = 16 * 1024 * 1024
const LIST_LIMIT = 4096
const KEPT_TEXTS = new Set([
  'general.architecture',
  'general.type',
  'general.name',
  'general.license',
  'adapter.type',
  'tokenizer.chat_template',
  'tokenizer.chat_template.rerank',
])

const KEPT_LISTS =
  /\.(attention\.(head_count(_kv)?|sliding_window_pattern|recurrent_layers)|(expert_)?feed_forward_length)$/

const STRING = 8
const ARRAY = 9
/** Bytes of one value, by the type's number in the file; strings and arrays are not among them. */
const VALUE_BYTES: readonly (number | undefined)[] = [1, 1, 2, 2, 4, 4, 4, 1, undefined, undefined, 8, 8, 8]

/** Reads `count` pairs; the cursor stands behind them afterwards. Throws `HeaderProblem`. */
export async function readMetadata(cursor: ByteCursor, count: number): Promise<Metadata> {
  const metadata = {
    numbers: new Map<string, number>(),
    texts: new Map<string, string>(),
    arrayLengths: new Map<string, number>(),
    numberLists: new Map<string, readonly number[]>(),
  }
  for (let index = 0; index < count; index++) {
    const key = await cursor.string(KEY_LIMIT_BYTES)
    const type = await cursor.uint32()
    if (type === ARRAY) await readArray(cursor, key, metadata)
    else if (type !== STRING) metadata.numbers.set(key, numberAt(await cursor.bytes(bytesOf(type, key)), 0, type))
    else if (KEPT_TEXTS.has(key)) metadata.texts.set(key, await cursor.string(TEXT_LIMIT_BYTES))
    else await cursor.skipStrings(1)
  }
  return metadata
}

interface ArrayTarget {
  readonly arrayLengths: Map<string, number>
  readonly numberLists: Map<string, readonly number[]>
}

async function readArray(cursor: ByteCursor, key: string, target: ArrayTarget): Promise<void> {
  const type = await cursor.uint32()
  const count = await cursor.uint64()
  const bytesEach = type === STRING ? 8 : bytesOf(type, key)
  cursor.demand(count * bytesEach)
  target.arrayLengths.set(key, count)
  if (type === STRING) return cursor.skipStrings(count)
  if (count > LIST_LIMIT || !KEPT_LISTS.test(key)) return cursor.skip(count * bytesEach)
  const view = await cursor.bytes(count * bytesEach)
  target.numberLists.set(
    key,
    Array.from({ length: count }, (_, index) => numberAt(view, index * bytesEach, type)),
  )
}

function bytesOf(type: number, key: string): number {
  const bytes = VALUE_BYTES[type]
  if (bytes === undefined) throw new HeaderProblem('damaged', `'${key}' has the unknown type ${type}`)
  return bytes
}

/** 64-bit whole numbers lose their last digits; no number that is looked at comes near them. */
function numberAt(view: DataView, offset: number, type: number): number {
  switch (type) {
    case 0:
    case 7:
      return view.getUint8(offset)
    case 1:
      return view.getInt8(offset)
    case 2:
      return view.getUint16(offset, true)
    case 3:
      return view.getInt16(offset, true)
    case 4:
      return view.getUint32(offset, true)
    case 5:
      return view.getInt32(offset, true)
    case 6:
      return view.getFloat32(offset, true)
    case 10:
      return Number(view.getBigUint64(offset, true))
    case 11:
      return Number(view.getBigInt64(offset, true))
    default:
      return view.getFloat64(offset, true)
  }
}
