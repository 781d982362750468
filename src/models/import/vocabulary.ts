import type { GgufValue } from '../gguf/write-gguf.ts'
import type { JsonObject, ModelFolder } from './model-folder.ts'

const NORMAL = 1
const CONTROL = 3
const UNUSED = 5

/** llama.cpp tells the start of a word by this letter (U+2581), and has no mark for a continuation. */
const WORD_START = '\u2581'

/** The names under which tokenizer_config.json gives special tokens, what they are by default, and their keys here. */
const specialTokens = [
  { field: 'cls_token', usual: '[CLS]', keys: ['bos_token_id', 'cls_token_id'] },
  // The misspelling is llama.cpp's own.
  { field: 'sep_token', usual: '[SEP]', keys: ['eos_token_id', 'seperator_token_id'] },
  { field: 'unk_token', usual: '[UNK]', keys: ['unknown_token_id'] },
  { field: 'pad_token', usual: '[PAD]', keys: ['padding_token_id'] },
  { field: 'mask_token', usual: '[MASK]', keys: ['mask_token_id'] },
] as const

/**
 * The tokenizer part of a GGUF head from vocab.txt and tokenizer_config.json, as llama.cpp's convert_hf_to_gguf.py
 * writes it for BertModel. `size` is the number of rows of the embedding matrix; rows without a token become unused
 * ones. Throws `model_import_failed`.
 */
export async function readVocabulary(folder: ModelFolder, size: number): Promise<Record<string, GgufValue>> {
  const words = await readWords(folder, size)
  const config = (await folder.object('tokenizer_config.json')) ?? {}
  const ids = new Map(words.map((word, id) => [word, id]))
  const metadata: Record<string, GgufValue> = {}
  const special = new Set<number>()
  for (const { field, usual, keys } of specialTokens) {
    const word = contentOf(config[field]) ?? usual
    const id = ids.get(word)
    if (id === undefined) throw folder.problem(`vocab.txt lacks the ${field} '${word}' of tokenizer_config.json`)
    special.add(id)
    for (const key of keys) metadata[`tokenizer.ggml.${key}`] = { type: 'uint32', value: id }
  }
  const typeOf = (id: number) => (special.has(id) ? CONTROL : NORMAL)
  const tokens = words.map((word, id) => (special.has(id) ? word : toPiece(word)))
  const types: number[] = words.map((_, id) => typeOf(id))
  for (let id = words.length; id < size; id++) {
    tokens.push(`[PAD${id}]`)
    types.push(UNUSED)
  }
  return {
    'tokenizer.ggml.model': { type: 'string', value: 'bert' },
    'tokenizer.ggml.pre': { type: 'string', value: 'default' },
    'tokenizer.ggml.tokens': { type: 'strings', value: tokens },
    'tokenizer.ggml.token_type': { type: 'int32s', value: types },
    ...metadata,
    ...(await readNormalizer(folder, config)),
  }
}

async function readWords(folder: ModelFolder, size: number): Promise<string[]> {
  const text = await folder.text('vocab.txt')
  if (text === undefined) throw folder.problem('vocab.txt is missing: only WordPiece vocabularies can be imported')
  const words = text.replace(/\r?\n$/, '').split(/\r?\n/)
  if (words.length <= size) return words
  throw folder.problem(`vocab.txt has ${words.length} tokens, and vocab_size in config.json is ${size}`)
}

/** Some versions of transformers write a token as an object around its text. */
function contentOf(token: unknown): string | undefined {
  if (typeof token === 'string') return token
  const content = (token as JsonObject | null | undefined)?.content
  return typeof content === 'string' ? content : undefined
}

function toPiece(word: string): string {
  return word.startsWith('##') ? word.slice(2) : WORD_START + word
}

async function readNormalizer(folder: ModelFolder, config: JsonObject): Promise<Record<string, GgufValue>> {
  const sentence = await folder.object('sentence_bert_config.json')
  const lowercase = (config.do_lower_case ?? true) === true || sentence?.do_lower_case === true
  const stripAccents = typeof config.strip_accents === 'boolean' ? config.strip_accents : lowercase
  return {
    'tokenizer.ggml.normalizer.lowercase': { type: 'bool', value: lowercase },
    'tokenizer.ggml.normalizer.strip_accents': { type: 'bool', value: stripAccents },
  }
}
