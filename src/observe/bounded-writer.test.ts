import { expect, test } from 'bun:test'
import { boundedWriter } from './bounded-writer.ts'

test('lines that nobody takes are left out beyond a limit, counted, and told once half of it is free', () => {
  const written: string[] = []
  const waiting: (() => void)[] = []
  const told: number[] = []
  const stream = {
    write(line: string, done: () => void) {
      written.push(line)
      waiting.push(done)
    },
  }
  const write = boundedWriter({ stream, most: 100, tellLost: (lines) => told.push(lines) })
  const line = 'x'.repeat(10)
  for (let n = 0; n < 30; n++) write(line)
  expect(written).toHaveLength(11)
  for (const done of waiting.splice(0, 5)) done()
  expect(told).toEqual([])
  for (const done of waiting.splice(0, 1)) done()
  expect(told).toEqual([19])
  for (const done of waiting.splice(0)) done()
  write(line)
  expect([written.length, told]).toEqual([12, [19]])
})
