import { expect, test } from 'bun:test'
import { PassThrough } from 'node:stream'
import { duration, size } from './human-units.ts'
import { createProgressDisplay } from './progress-display.ts'
import { ProgressMeter } from './progress-meter.ts'

/** A stream, and all that has been written to it. */
function recorder() {
  const stream = new PassThrough()
  let text = ''
  stream.setEncoding('utf8').on('data', (chunk) => {
    text += chunk
  })
  return { stream, text: () => text }
}

function lines() {
  const { stream, text } = recorder()
  const clock = { milliseconds: 0 }
  const display = createProgressDisplay({ stream, now: () => clock.milliseconds })
  return { display, clock, text }
}

test('without a terminal, says what begins, a line every three seconds, and the end once', () => {
  const { display, clock, text } = lines()
  for (const doneBytes of [0, 10, 20, 30, 40, 50, 60, 60]) {
    display.show({ model: 'm', step: 'download', doneBytes: doneBytes * 1e6, totalBytes: 60e6, bytesPerSecond: 1e7 })
    clock.milliseconds += 1000
  }
  display.say('Something else.')
  display.show({ model: 'm', step: 'unpack', doneBytes: 5 })
  expect(text().split('\n')).toEqual([
    'fetching m (60.0 MB)',
    'fetching m: 30.0 MB of 60.0 MB, 10.0 MB/s',
    'fetching m: 60.0 MB of 60.0 MB, 10.0 MB/s',
    'Something else.',
    'unpacking m',
    '',
  ])
})

test('on a terminal, draws one bar a step and no other lines', () => {
  const { stream, text } = recorder()
  const display = createProgressDisplay({ stream: Object.assign(stream, { isTTY: true, columns: 100 }) })
  display.show({ model: 'm', step: 'download', doneBytes: 0, totalBytes: 100 })
  display.show({ model: 'm', step: 'download', doneBytes: 100, totalBytes: 100, bytesPerSecond: 50 })
  display.say('Something else.')
  display.end()
  expect(text()).toContain('fetching m')
  expect(text()).toContain('100% 100 B of 100 B, 50 B/s')
  expect(text()).toEndWith('Something else.\n')
})

test('measures speed and time left over the last seconds', () => {
  let now = 0
  const meter = new ProgressMeter(() => now)
  expect(meter.measure(0, 1000)).toEqual({ doneBytes: 0, totalBytes: 1000 })
  now = 1000
  expect(meter.measure(100, 1000)).toEqual({ doneBytes: 100, totalBytes: 1000, bytesPerSecond: 100, secondsLeft: 9 })
  for (now = 2000; now <= 20_000; now += 1000) meter.measure(100, 1000)
  expect(meter.measure(100, 1000)).toEqual({ doneBytes: 100, totalBytes: 1000, bytesPerSecond: 0 })
  expect(meter.measure(0, undefined)).toEqual({ doneBytes: 0 })
})

test('writes sizes and times as people do', () => {
  const sizes = [0, 999, 1000, 98_362_432, 999_999, 12_109_566_624].map(size)
  expect(sizes).toEqual(['0 B', '999 B', '1.00 kB', '98.4 MB', '1000 kB', '12.1 GB'])
  expect([0.2, 59, 61, 7500].map(duration)).toEqual(['1 s', '59 s', '1 min 1 s', '2 h 5 min'])
})
