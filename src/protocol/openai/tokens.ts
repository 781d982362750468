import { invalidParameter } from '../../core/errors.ts'
import type { TokenizeOptions, TokenPiece } from '../../core/generation.ts'
import { theOne } from './the-one.ts'
import type { TokenizeReply, TokenizeRequest } from './tokens.wire.ts'

/** A text that is to be cut into tokens. */
export interface TextToTokenize {
  readonly text: string
  readonly options: TokenizeOptions
}

/**
 * The text of a request, and how it is to be read; undefined when it has a conversation instead. Throws
 * `invalid_parameter` for none and for two.
 */
export function toText(body: TokenizeRequest): TextToTokenize | undefined {
  const names = ['content', 'prompt', 'messages'] as const
  const sent = names.filter((name) => body[name] !== undefined && body[name] !== null)
  const [first, second] = sent
  if (second) throw invalidParameter(second, `'${first}' is there too; send one of them`)
  if (!first) throw invalidParameter('content', "it is missing; expected a string, or 'messages'")
  if (first === 'messages') {
    if (body.with_pieces) throw invalidParameter('with_pieces', "it needs 'content', not 'messages'")
    if (body.return_token_strs) throw invalidParameter('return_token_strs', "it needs 'prompt', not 'messages'")
    return undefined
  }
  const { add_special, add_special_tokens } = body
  const addsSpecial = theOne({ add_special, add_special_tokens })?.value ?? first === 'prompt'
  return { text: body[first] ?? '', options: { addsSpecial, readsSpecial: body.parse_special ?? true } }
}

/** The tokens of a text, in the form that the request asks for. `nameOf` gives control tokens their names. */
export function fromPieces(
  pieces: readonly TokenPiece[],
  body: TokenizeRequest,
  about: { readonly model: string; readonly contextSize: number; nameOf(token: number): string },
): TokenizeReply {
  const pieceOf = ({ token, bytes }: TokenPiece) => (bytes.length === 0 ? about.nameOf(token) : decode(bytes))
  return {
    model: about.model,
    tokens: pieces.map((piece) =>
      body.with_pieces ? { id: piece.token, piece: pieceOf(piece) ?? [...piece.bytes] } : piece.token,
    ),
    count: pieces.length,
    max_model_len: about.contextSize,
    ...(body.return_token_strs && { token_strs: pieces.map((piece) => pieceOf(piece) ?? '\u{fffd}') }),
  }
}

/** Undefined where the bytes are part of a character. */
function decode(bytes: readonly number[]): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Uint8Array.from(bytes))
  } catch {
    return undefined
  }
}
