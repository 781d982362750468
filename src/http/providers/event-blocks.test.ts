import { expect, test } from 'bun:test'
import { SeededRandom } from '../../../test/seeded-random.ts'
import { EventBlocks } from './event-blocks.ts'
import { formModel, withFormModel } from './form-model.ts'
import { readAnswer } from './read-answer.ts'

const bytes = (text: string) => new TextEncoder().encode(text)

/** The blocks that these bytes complete. */
function taken(blocks: EventBlocks, bytes: Uint8Array): readonly string[] {
  blocks.add(bytes)
  const found: string[] = []
  for (let block = blocks.next(); block !== undefined; block = blocks.next()) found.push(block)
  return found
}

test('events are the same however their bytes are cut and their lines end', () => {
  const events = ['data: {"a":"ä€😀"}', 'event: x\ndata: 1\ndata: 2', ': a comment', 'data: [DONE]']
  for (const end of ['\n', '\r\n', '\r']) {
    const whole = bytes(`\ufeff${events.map((event) => event.replaceAll('\n', end) + end + end).join('')}`)
    for (let size = 1; size <= whole.length; size++) {
      const blocks = new EventBlocks()
      const found: string[] = []
      for (let at = 0; at < whole.length; at += size) found.push(...taken(blocks, whole.subarray(at, at + size)))
      expect(found).toEqual(events)
      expect(blocks.rest()).toBe('')
    }
  }
})

test('events are the same whatever stands in them, with any ends of lines beside each other, and however they are cut', () => {
  const random = new SeededRandom(17)
  const lines = ['data: {"a":"ä€😀"}', 'data:', 'event: x', ': said', 'id: 7', '', '', ' ', '\u0000', 'data: [DONE]']
  for (let round = 0; round < 2000; round++) {
    const written = Array.from(
      { length: random.between(0, 12) },
      () => random.pick(lines) + random.pick(['\n', '\r\n', '\r']),
    )
    const text = (random.chance(0.3) ? '\ufeff' : '') + written.join('')
    const parts = text
      .replace(/^\ufeff/, '')
      .replace(/\r\n?/g, '\n')
      .split(/\n{2,}/)
    const whole = bytes(text)
    const blocks = new EventBlocks()
    const found: string[] = []
    for (let at = 0; at < whole.length; ) {
      const size = random.between(1, 6)
      found.push(...taken(blocks, whole.subarray(at, at + size)))
      at += size
    }
    expect(found).toEqual(
      parts
        .slice(0, -1)
        .map((part) => part.replace(/^\n/, ''))
        .filter((part) => /\S/.test(part)),
    )
    expect(blocks.rest()).toBe((parts.at(-1) ?? '').trim())
  }
})

test('what has no empty line behind it is no event yet, and has a bound', () => {
  const blocks = new EventBlocks()
  expect(taken(blocks, bytes('data: 1\n'))).toEqual([])
  expect(blocks.rest()).toBe('data: 1')
  const endless = new EventBlocks()
  const piece = new Uint8Array(2 ** 22).fill(97)
  expect(() => {
    for (let number = 0; number < 5; number++) taken(endless, piece)
  }).toThrow('one event of it has more than')
})

test('what is read of an answer is never trusted', () => {
  const usage = { prompt_tokens: -1, completion_tokens: '5', prompt_tokens_details: null, total_tokens: 1e300 }
  expect(readAnswer({ usage }).usage).toEqual({
    promptTokens: 0,
    cachedTokens: 0,
    completionTokens: 0,
    reasoningTokens: 0,
  })
  for (const strange of [null, 1, 'a', [], { choices: {} }, { choices: [null, 1] }, { usage: [] }, { response: null }])
    expect(readAnswer(strange)).toMatchObject({ isUsageOnly: false, isLast: false })
})

test.each([
  [{ error: { message: 'No.', code: 'x' } }, { message: 'No.', code: 'x' }],
  [{ error: 'No.' }, { message: 'No.' }],
  [{ object: 'error', message: 'No.', code: 5 }, { message: 'No.' }],
  [
    { type: 'error', message: 'No.', code: 'x' },
    { message: 'No.', code: 'x' },
  ],
  [{ object: 'response', error: { message: 'No.' } }, undefined],
  [{ error: null, choices: [] }, undefined],
])('the error in %j is told', (value, error) => {
  expect(readAnswer(value).error).toEqual(error as never)
})

const form = (...parts: readonly (readonly [string, string])[]) =>
  bytes(
    `${parts.map(([head, body]) => `--b\r\nContent-Disposition: form-data; ${head}\r\n\r\n${body}\r\n`).join('')}--b--\r\n`,
  )

test('the model of a form is found and replaced, and every other byte stays', () => {
  const sent = form(
    ['name="file"; filename="model"', '\u0000--b\u0001'],
    ['name="model"', 'whisper'],
    ['name=other', 'x'],
  )
  const found = formModel(sent, 'multipart/form-data; boundary=b')
  expect(found?.value).toBe('whisper')
  const made = withFormModel(sent, found as NonNullable<typeof found>, 'a-longer-name')
  expect(new TextDecoder().decode(made)).toBe(new TextDecoder().decode(sent).replace('whisper', 'a-longer-name'))
  expect(formModel(form(['name="file"', 'x']), 'multipart/form-data; boundary="b"')).toBeUndefined()
})

test.each([
  ['two models', form(['name="model"', 'a'], ['name="model"', 'b'])],
  ['two names', form(['name="a"; name="model"', 'b'])],
  ['a name in another encoding', form(["name*=UTF-8''model", 'b'])],
  ['no name', form(['filename="a"', 'b'])],
  ['something before it', bytes('x--b\r\n\r\n')],
  ['a name that others read as it', form(['name="model"', 'a'], ['name="Model"', 'b'])],
  ['a list by its name', form(['name="model"', 'a'], ['name="model[]"', 'b'])],
  ['a name with escapes', form(['name="model"', 'a'], ['name="m%6fdel"', 'b'])],
  ['a line of its head that goes on', form(['name="a"\r\n ; name="model"', 'b'])],
  [
    'half of an end of a line in its head',
    form(['name="a"\r\nX: y\nContent-Disposition: form-data; name="model"', 'b']),
  ],
  [
    'a boundary behind half of an end of a line',
    form(['name="a"', 'a\n--b\nContent-Disposition: form-data; name="model"\n\nb']),
  ],
  [
    'a part behind its end',
    bytes(
      `${new TextDecoder().decode(form(['name="a"', 'b']))}--b\r\nContent-Disposition: form-data; name="model"\r\n\na\r\n--b--\r\n`,
    ),
  ],
  [
    'an end that some do not see',
    form(['name="a"', 'b\r\n--b--x\r\n--b\r\nContent-Disposition: form-data; name="model"\r\n\na']),
  ],
  ['no end', bytes('--b\r\nContent-Disposition: form-data; name="model"\r\n\r\na\r\n')],
])('a form with %s is refused', (_, sent) => {
  expect(() => formModel(sent, 'multipart/form-data; boundary=b')).toThrow("Invalid value for 'body'")
  const plain = form(['name="a"', 'b'])
  expect(() => formModel(plain, 'multipart/form-data; boundary=b; boundary=c')).toThrow('more than one boundary')
})
