import { expect, test } from 'bun:test'
import { PassThrough } from 'node:stream'
import { gpuNotices } from './gpu-notices.ts'

const problem =
  'models run on the CPU: CUDA cannot be used: libcublas.so.13 of CUDA 13 is missing. Run `hearth cuda install`.'
const unused =
  'NVIDIA RTX A2000 is not used: this build carries no libraries for GPUs. Use the executable hearth-linux-x64-cuda.'

/** What is told while the work goes on, and what at its end. */
function told({ isTerminal, warnings }: { isTerminal: boolean; warnings: readonly [string, object?][] }) {
  const lines: string[] = []
  const errors = Object.assign(new PassThrough(), isTerminal ? { isTTY: true } : {})
  const streams = { input: new PassThrough(), output: new PassThrough(), errors }
  const notices = gpuNotices({ streams, writeError: (line) => void lines.push(line) } as Parameters<
    typeof gpuNotices
  >[0])
  for (const [message, facts] of warnings) notices.log.warn(message, { ...facts })
  const during = lines.splice(0)
  notices.end()
  return { during, after: lines }
}

test('where no terminal shows the load, what keeps models on the processor is told at once, and once', () => {
  expect(
    told({ isTerminal: false, warnings: [['n_ctx is 512'], [problem], ['runs on the CPU: x', { model: 'tiny' }]] }),
  ).toEqual({ during: [`hearth: ${problem}\n`], after: [] })
  expect(told({ isTerminal: false, warnings: [['runs on the CPU: there is no driver', { model: 'tiny' }]] })).toEqual({
    ...{ during: ["hearth: 'tiny' runs on the CPU: there is no driver\n"], after: [] },
  })
  expect(told({ isTerminal: false, warnings: [[unused]] }).during).toEqual([`hearth: ${unused}\n`])
})

test('at a terminal nothing comes between the words of an answer', () => {
  expect(told({ isTerminal: true, warnings: [[problem], [unused], [unused]] })).toEqual({
    ...{ during: [], after: [`hearth: ${unused}\n`] },
  })
})
