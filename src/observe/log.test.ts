import { expect, test } from 'bun:test'
import { ServerError } from '../core/errors.ts'
import { LiveValue } from '../core/live.ts'
import { createLog, type LogLevel, type LogOptions } from './log.ts'

const time = new Date(2026, 0, 2, 3, 4, 5, 6)

function record(options: Partial<LogOptions> = {}) {
  const lines: string[] = []
  const log = createLog({
    level: 'debug',
    format: 'json',
    color: false,
    write: (line) => lines.push(line),
    now: () => time,
    ...options,
  })
  return { log, lines, last: () => JSON.parse(lines.at(-1) ?? 'null') }
}

test('a JSON line has the time, the level, the message and the facts', () => {
  const { log, lines, last } = record()
  log.info('model is ready', { model: 'a', slots: 4 })
  expect(last()).toEqual({ time: time.toISOString(), level: 'info', message: 'model is ready', model: 'a', slots: 4 })
  expect(lines[0]).toEndWith('}\n')
})

test('a fact cannot take the place of the message, the level or the time', () => {
  const { log, last } = record()
  log.warn('real', { message: 'false', level: 'debug' })
  expect(last()).toMatchObject({ message: 'real', level: 'warn', fact_message: 'false', fact_level: 'debug' })
})

test('less important levels are not written, and silent writes nothing', () => {
  const warn = record({ level: 'warn' })
  for (const level of ['debug', 'info', 'warn', 'error'] as const) warn.log[level](level)
  expect(warn.lines).toHaveLength(2)
  const silent = record({ level: 'silent' })
  silent.log.error('x')
  expect(silent.lines).toEqual([])
})

test('the level may change while the log is in use', () => {
  const level = new LiveValue<LogLevel>('warn')
  const { log, lines } = record({ level })
  log.info('a')
  level.set('debug')
  log.info('b')
  level.set('silent')
  log.error('c')
  expect(lines.map((line) => JSON.parse(line).message)).toEqual(['b'])
})

test('a pretty line is for people', () => {
  const { log, lines } = record({ format: 'pretty' })
  log.info('model is ready', { model: 'a b', path: '/x/y.gguf', slots: 4, list: [1] })
  expect(lines).toEqual(['03:04:05.006 info  model is ready model="a b" path=/x/y.gguf slots=4 list=[1]\n'])
})

test('colours stand in pretty lines when they are wanted', () => {
  const { log, lines } = record({ format: 'pretty', color: true })
  log.error('no')
  expect(lines[0]).toContain('\u001B[31merror\u001B[0m')
})

test('no value can forge a line or command the terminal', () => {
  const { log, lines } = record({ format: 'pretty' })
  log.info('a\nb\u001B[2J', { 'c\nd': 'e\nf\u009B' })
  expect(lines[0]).toBe('03:04:05.006 info  a\\u000ab\\u001b[2J c\\u000ad="e\\nf\\u009b"\n')
})

test('an error shows its code and facts, and in pretty lines its stack below', () => {
  const error = new ServerError('model_load_failed', { model: 'm', problem: 'p' }, { cause: new Error('below') })
  const json = record()
  json.log.error('load', { error })
  expect(json.last().error).toMatchObject({
    name: 'ServerError',
    code: 'model_load_failed',
    cause: { message: 'below' },
  })
  const pretty = record({ format: 'pretty' })
  pretty.log.error('load', { error })
  expect(pretty.lines[0]?.split('\n')[1]).toStartWith('    ')
})

test('odd values never throw and are told as what they are', () => {
  const circle: Record<string, unknown> = { big: 10n, nan: Number.NaN, when: new Date(Number.NaN), by: () => 1 }
  circle.self = circle
  const facts = {
    circle,
    symbol: Symbol('s'),
    map: new Map([['a', new Set([1])]]),
    vector: new Float32Array(384),
    long: 'x'.repeat(10_000),
    many: Array(60).fill(0),
    nothing: undefined,
    spoiled: {
      fine: 1,
      get bad() {
        throw new Error('no')
      },
    },
    json: {
      toJSON() {
        throw new Error('never')
      },
    },
  }
  const { log, last } = record()
  log.info('odd', facts)
  expect(last()).toMatchObject({
    circle: { big: '10', nan: 'NaN', when: '[invalid date]', by: '[function by]', self: '[circular]' },
    symbol: 'Symbol(s)',
    map: { a: [1] },
    vector: '[Float32Array, 1536 bytes]',
    spoiled: { fine: 1, bad: '[unreadable: no]' },
    json: '[unreadable: never]',
  })
  expect(last().long.length).toBeLessThan(9000)
  expect(last().many).toHaveLength(51)
})

test('facts that are no object, and a sink that throws, do no harm', () => {
  const { log, last } = record()
  log.info('odd', 'text' as never)
  log.info('odd', null as never)
  expect(last()).toMatchObject({ facts: null })
  const broken = record({
    write: () => {
      throw new Error('disk full')
    },
  })
  expect(() => broken.log.error('x')).not.toThrow()
})

test('no value can forge a line, command a terminal, or turn the writing round', () => {
  const evil = 'a\r\n{"level":"error"}\n\u001b[2J\u001b]0;x\u0007\u009b31m\u2028\u202eb\u2066'
  for (const format of ['json', 'pretty'] as const) {
    const lines: string[] = []
    const log = createLog({ level: 'debug', format, color: false, write: (line) => lines.push(line) })
    log.info(evil, { [evil]: evil, path: evil, nested: { [evil]: [evil] } })
    expect(lines).toHaveLength(1)
    expect(lines[0]?.trimEnd().split(/[\r\n]/)).toHaveLength(1)
    expect(lines[0]?.trimEnd()).not.toMatch(/\p{Cc}|[\u2028\u202e\u2066]/u)
    if (format === 'json') expect(JSON.parse(lines[0] ?? '')).toMatchObject({ message: evil, path: evil })
  }
})
