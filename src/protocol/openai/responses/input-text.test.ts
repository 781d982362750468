import { expect, test } from 'bun:test'
import { SeededRandom } from '../../../../test/seeded-random.ts'
import { InputText } from './input-text.ts'

const texts = ['', 'a', '"\\\n\t/\u0000', 'é漢😀', 'a{"input":"b"}', '\\u0041', 'x'.repeat(50)]
const forms: readonly ((text: string) => string)[] = [
  (text) => JSON.stringify({ input: text }),
  (text) => JSON.stringify({ input: text }, null, 2),
  (text) =>
    `{"input" : "${text.replace(/[\s\S]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)}"}`,
]

test('the text is the same however the JSON is cut into pieces, and no piece ends within a character', () => {
  const random = new SeededRandom(7)
  for (let round = 0; round < 2000; round++) {
    const text = random.pick(texts)
    let rest = random.pick(forms)(text)
    const reader = new InputText()
    let read = ''
    while (rest !== '') {
      const cut = [...rest].slice(0, random.between(1, 5)).join('')
      rest = rest.slice(cut.length)
      const piece = reader.read(cut)
      expect(piece.isWellFormed()).toBe(true)
      read += piece
    }
    expect(read).toBe(text)
  }
})

test('a lone half of a character is read as it stands', () => {
  const reader = new InputText()
  expect(reader.read('{"input":"\\ud83dx\\ud83d\\u0041"}')).toBe('\ud83dx\ud83dA')
})

test('what is not whole yet waits, and what was cut off is left out', () => {
  const reader = new InputText()
  expect([reader.read('{"inp'), reader.read('ut":"a\\'), reader.read('nb\\u00')]).toEqual(['', 'a', '\nb'])
})
