import { type ControlText, ControlTexts } from '../../conversation/control-texts.ts'
import type { TokenTable } from '../../grammar/constraint.ts'
import type { AddonModel } from './addon.ts'

/** `enum llama_vocab_type` of llama.h. */
const vocabularyType = { sentencePiece: 1, bytePair: 2, wordPiece: 3, unigram: 4 } as const
/** `enum llama_token_attr` of llama.h. */
const attribute = {
  unknown: 1,
  normal: 4,
  control: 8,
  userDefined: 16,
  byte: 32,
  takesSpaceBefore: 128,
  takesSpaceBehind: 256,
} as const

/** The tokens that stand before the texts around a gap, and before what fills it. */
export interface InfillTokens {
  readonly prefix: number
  readonly suffix: number
  readonly middle: number
}

/** What stands around two texts that are read together. */
export interface PairMarks {
  readonly begin: readonly number[]
  readonly between: readonly number[]
  readonly end: readonly number[]
}

/** A model's tokens: from text to ids and from ids to bytes. */
export interface Vocabulary extends TokenTable {
  /** Ids of a text, with nothing added at either end. */
  tokenize(text: string, options: { readSpecialTokens: boolean }): number[]
  /** Adds what the model expects at the beginning and the end of a whole input, where it is not there yet. */
  withEnds(tokens: readonly number[], options: { end: boolean }): number[]
  readonly pairMarks: PairMarks
  /** As `bytes`; the name of a control token. */
  shownBytes(token: number): Uint8Array
  /** Of `shownBytes`; half a character is U+FFFD. */
  textOf(token: number): string
  /** The text of tokens, control tokens by their names. Half a character becomes U+FFFD. */
  detokenize(tokens: readonly number[]): string
  /** Absent in vocabularies that cannot tell a model where a gap is. */
  readonly infill?: InfillTokens
  /** The text of the token that begins an input; empty where there is none. */
  readonly beginText: string
  readonly endText: string
  /** The names that `readSpecialTokens` is about. */
  readonly controls: ControlTexts
}

export function readVocabulary(model: AddonModel, size: number): Vocabulary {
  const type = spellingOf(model)
  const { begin, end, ...marks } = readMarks(model, type)
  const cache = new Map<number, Uint8Array>()
  const spelling = (token: number) => (token < 0 ? '' : (model.getTokenString(token) ?? ''))
  const bytes = (token: number) => {
    const known = cache.get(token)
    if (known) return known
    const found = tokenBytes(spelling(token), type, model.getTokenAttributes(token))
    cache.set(token, found)
    return found
  }
  const specialText = (token: number) =>
    model.getTokenAttributes(token) & (attribute.unknown | attribute.control) ? spelling(token) : undefined
  const shownBytes = (token: number) => {
    const own = bytes(token)
    return own.length > 0 ? own : encoder.encode(specialText(token))
  }
  const controls = once(() => new ControlTexts(controlTexts(model, size)))
  return {
    size,
    get controls() {
      return controls()
    },
    tokenize: (text, { readSpecialTokens }) => [...model.tokenize(text, readSpecialTokens)],
    withEnds(tokens, { end: wantsEnd }) {
      const result = [...tokens]
      if (begin >= 0 && result[0] !== begin) result.unshift(begin)
      if (wantsEnd && end >= 0 && result.at(-1) !== end) result.push(end)
      return result
    },
    bytes,
    ...marks,
    specialText,
    shownBytes,
    textOf: (token) => decoded(shownBytes(token)),
    isEnd: (token) => model.isEogToken(token),
    detokenize: (tokens) => decoded(Buffer.concat(tokens.map(shownBytes))),
    beginText: spelling(model.tokenBos()),
    endText: spelling(model.tokenEos()),
  }
}

/** Makes something when it is first wanted. */
function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined
  return () => {
    made ??= { value: make() }
    return made.value
  }
}

function* controlTexts(model: AddonModel, size: number): Iterable<ControlText> {
  for (let token = 0; token < size; token++) {
    const attributes = model.getTokenAttributes(token)
    if (!(attributes & (attribute.unknown | attribute.control))) continue
    yield {
      text: model.getTokenString(token) ?? '',
      takesSpaceBefore: (attributes & attribute.takesSpaceBefore) !== 0,
      takesSpaceBehind: (attributes & attribute.takesSpaceBehind) !== 0,
    }
  }
}

/** The tokens that stand around texts; -1 where a model has none at an end. */
function readMarks(
  model: AddonModel,
  type: number,
): Pick<Vocabulary, 'pairMarks' | 'infill'> & { readonly begin: number; readonly end: number } {
  const isWordPiece = type === vocabularyType.wordPiece
  const begin = isWordPiece || model.shouldPrependBosToken() ? model.tokenBos() : -1
  const end = isWordPiece ? model.sepToken() : model.shouldAppendEosToken() ? model.tokenEos() : -1
  const present = (...tokens: readonly number[]) => tokens.filter((token) => token >= 0)
  const infill = { prefix: model.prefixToken(), suffix: model.suffixToken(), middle: model.middleToken() }
  return {
    begin,
    end,
    // BERT: [CLS] a [SEP] b [SEP]; others as llama-server has it: <s> a </s> </s> b </s>.
    pairMarks: {
      begin: present(begin),
      between: isWordPiece ? present(end) : end >= 0 ? present(end, model.sepToken()) : [],
      end: present(end),
    },
    ...(Object.values(infill).every((token) => token >= 0) && { infill }),
  }
}

/**
 * The type of the vocabulary as far as the spelling of its tokens goes. Newer byte-pair vocabularies (Gemma 4's is one)
 * spell a space as SentencePiece does, and other characters as they are; llama.cpp tells that by the pre-tokenizer's
 * name, which the addon does not give.
 */
function spellingOf(model: AddonModel): number {
  const type = model.getVocabularyType()
  if (type !== vocabularyType.bytePair) return type
  const tokens = [...model.tokenize(' a a', false)]
  const isLikeSentencePiece = tokens.some((token) => model.getTokenString(token)?.includes('\u2581'))
  return isLikeSentencePiece ? vocabularyType.sentencePiece : type
}

const encoder = new TextEncoder()
const decoded = (bytes: Uint8Array) => new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes)

/** As `llama_vocab::impl::token_to_piece` with `special = false`, but without losing the bytes of split characters. */
export function tokenBytes(text: string, type: number, attributes: number): Uint8Array {
  if (attributes & (attribute.unknown | attribute.control)) return new Uint8Array()
  if (attributes & attribute.userDefined) return encoder.encode(text)
  if (type === vocabularyType.bytePair) return fromByteAlphabet(text)
  if (attributes & attribute.byte) return Uint8Array.of(Number.parseInt(text.slice(3, 5), 16))
  return encoder.encode(text.replaceAll('\u2581', ' '))
}

/** GPT-2 writes each byte as one printable character; characters outside of that alphabet stand for themselves. */
function fromByteAlphabet(text: string): Uint8Array {
  const bytes: number[] = []
  for (const character of text) {
    const byte = byteOfCharacter.get(character)
    if (byte === undefined) bytes.push(...encoder.encode(character))
    else bytes.push(byte)
  }
  return Uint8Array.from(bytes)
}

/** The inverse of `bytes_to_unicode` in openai/gpt-2, src/encoder.py. */
const byteOfCharacter: ReadonlyMap<string, number> = (() => {
  const isPrintable = (byte: number) => (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 255 && byte !== 173)
  const map = new Map<string, number>()
  let next = 256
  for (let byte = 0; byte < 256; byte++) map.set(String.fromCodePoint(isPrintable(byte) ? byte : next++), byte)
  return map
})()
