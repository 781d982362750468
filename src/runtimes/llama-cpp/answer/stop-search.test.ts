import { describe, expect, test } from 'bun:test'
import { StopSearch } from './stop-search.ts'

/** Everything that came out, piece by piece, when each character comes alone. */
function letterByLetter(text: string, stops: string[]) {
  const search = new StopSearch(stops)
  const pieces = [...text].map((letter) => search.push(letter))
  return { pieces: [...pieces, search.release()].filter(Boolean), hasStopped: search.hasStopped }
}

describe('the search for stop texts', () => {
  test('ends before a stop text that comes in pieces, and says nothing after it', () => {
    expect(letterByLetter('one two END three', ['END'])).toEqual({ pieces: [...'one two '], hasStopped: true })
  })

  test('takes the stop text that comes first', () => {
    expect(new StopSearch(['c', 'b']).push('abcd')).toBe('a')
  })

  test('gives back what only looked like a stop text', () => {
    const { pieces, hasStopped } = letterByLetter('a EN b ENE END', ['ENDE'])
    expect(pieces.join('')).toBe('a EN b ENE END')
    expect(hasStopped).toBe(false)
  })

  test('finds a stop text whose beginning repeats itself', () => {
    expect(letterByLetter('xaab', ['aab']).pieces.join('')).toBe('x')
    expect(letterByLetter('aaaab', ['aab']).pieces.join('')).toBe('aa')
  })

  test('keeps any text whole for any stop text that is not in it', () => {
    const letters = 'ab'
    const random = (length: number) =>
      Array.from({ length }, () => letters[Math.floor(Math.random() * letters.length)]).join('')
    for (let round = 0; round < 2000; round++) {
      const [text, stop] = [random(12), random(3)]
      const place = text.indexOf(stop)
      expect(letterByLetter(text, [stop]).pieces.join('')).toBe(place < 0 ? text : text.slice(0, place))
    }
  })
})
