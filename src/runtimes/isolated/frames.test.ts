import { expect, test } from 'bun:test'
import { LineSplitter } from './frames.ts'

test('a line longer than the buffer it is read with stays whole, though the buffer is used again', () => {
  const lines: string[] = []
  const splitter = new LineSplitter((line) => lines.push(line))
  const buffer = Buffer.alloc(4)
  for (const piece of ['abcd', 'efgh', 'ij\nk', 'l\n\n'])
    splitter.push(buffer.subarray(0, buffer.write(piece, 'latin1')))
  expect(lines).toEqual(['abcdefghij', 'kl'])
})

test('a character that comes in two pieces stays whole', () => {
  const lines: string[] = []
  const splitter = new LineSplitter((line) => lines.push(line))
  for (const byte of Buffer.from('é😀\n')) splitter.push(Uint8Array.of(byte))
  expect(lines).toEqual(['é😀'])
})

test('a line without an end does not grow for ever', () => {
  const lines: string[] = []
  const splitter = new LineSplitter((line) => lines.push(line), 8)
  for (let count = 0; count < 5; count++) splitter.push(Buffer.from('1234'))
  splitter.push(Buffer.from('\nend\n'))
  expect(lines).toEqual(['123412341234', '12341234', 'end'])
})
