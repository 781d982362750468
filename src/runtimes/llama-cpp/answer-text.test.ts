import { describe, expect, test } from 'bun:test'
import { AnswerText } from './answer-text.ts'

const bytes = (text: string) => new TextEncoder().encode(text)
/** Everything that came out, piece by piece, when each byte comes alone. */
function byteByByte(text: string, stops: string[]) {
  const answer = new AnswerText(stops)
  const pieces = [...bytes(text)].map((byte) => answer.push(Uint8Array.of(byte)))
  return { pieces: [...pieces, answer.end()].filter(Boolean), stopped: answer.stopped }
}

describe('answer text', () => {
  test('never splits a character', () => {
    const { pieces } = byteByByte('a é 日本 👩‍👧 z', [])
    expect(pieces.join('')).toBe('a é 日本 👩‍👧 z')
    expect(pieces.some((piece) => piece.includes('\uFFFD'))).toBe(false)
  })

  test('drops half a character at the end', () => {
    const answer = new AnswerText([])
    expect(answer.push(bytes('日').slice(0, 2)) + answer.end()).toBe('')
  })

  test('ends before a stop text that comes in pieces, and says nothing after it', () => {
    expect(byteByByte('one two END three', ['END'])).toEqual({ pieces: [...'one two '], stopped: true })
  })

  test('takes the stop text that comes first', () => {
    const answer = new AnswerText(['c', 'b'])
    expect(answer.push(bytes('abcd'))).toBe('a')
  })

  test('gives back what only looked like a stop text', () => {
    const { pieces, stopped } = byteByByte('a EN b ENE END', ['ENDE'])
    expect(pieces.join('')).toBe('a EN b ENE END')
    expect(stopped).toBe(false)
  })

  test('finds a stop text whose beginning repeats itself', () => {
    expect(byteByByte('xaab', ['aab']).pieces.join('')).toBe('x')
    expect(byteByByte('aaaab', ['aab']).pieces.join('')).toBe('aa')
  })

  test('keeps any text whole for any stop text that is not in it', () => {
    const letters = 'ab'
    const random = (length: number) =>
      Array.from({ length }, () => letters[Math.floor(Math.random() * letters.length)]).join('')
    for (let round = 0; round < 2000; round++) {
      const [text, stop] = [random(12), random(3)]
      const place = text.indexOf(stop)
      expect(byteByByte(text, [stop]).pieces.join('')).toBe(place < 0 ? text : text.slice(0, place))
    }
  })
})
