import type { AnswerPiece, AnswerPlan } from '../src/conversation/answer-plan.ts'
import type { SeededRandom } from './seeded-random.ts'

/** What an answer came to, its pieces joined. */
export interface ReadAnswer {
  readonly reasoning: string
  readonly content: string
  readonly calls: readonly { readonly id: string; readonly name: string; readonly arguments: string }[]
}

/** Feeds an answer in pieces, checks the reader's promises on the way, and joins what comes out. */
export function readPieces(plan: AnswerPlan, pieces: readonly string[]): ReadAnswer {
  const reader = plan.read()
  const whole = pieces.join('')
  const given = [...pieces.flatMap((piece) => reader.push(piece)), ...reader.end()]
  checkPieces(given, whole)
  const calls = given.filter((piece) => piece.type === 'call-start')
  if (reader.hasCalls !== calls.length > 0) throw new Error('hasCalls does not tell the truth')
  const joined = (type: 'content' | 'reasoning') =>
    given.map((piece) => (piece.type === type ? piece.text : '')).join('')
  return {
    reasoning: joined('reasoning'),
    content: joined('content'),
    calls: calls.map(({ index, id, name }) => ({
      id,
      name,
      arguments: given
        .map((piece) => (piece.type === 'call-arguments' && piece.index === index ? piece.text : ''))
        .join(''),
    })),
  }
}

/** Pieces come in the answer's order, each a stretch of it, none twice, none empty; calls are counted from 0. */
function checkPieces(pieces: readonly AnswerPiece[], whole: string): void {
  let behind = 0
  let calls = 0
  for (const piece of pieces) {
    if (piece.type === 'call-start') {
      if (piece.index !== calls++) throw new Error('Calls are not counted one by one')
    } else if (piece.text === '') throw new Error('An empty piece')
    else if (piece.type === 'call-arguments') {
      if (piece.index !== calls - 1) throw new Error('Arguments of a call that is not the last')
    } else {
      if (piece.at < behind || whole.slice(piece.at, piece.at + piece.text.length) !== piece.text)
        throw new Error(`${JSON.stringify(piece)} does not stand there in ${JSON.stringify(whole)}`)
      behind = piece.at + piece.text.length
    }
  }
}

/** The characters of a text, one by one. */
export const characters = (text: string): readonly string[] => [...text]

/** A text cut at random places, never within a character. */
export function randomPieces(text: string, random: SeededRandom): readonly string[] {
  const pieces: string[] = []
  for (const character of text) {
    if (pieces.length > 0 && random.chance(0.7)) pieces[pieces.length - 1] += character
    else pieces.push(character)
  }
  return pieces
}
