import { expect, test } from 'bun:test'
import { layoutsOf } from './batch-layout.ts'

const runs = [0, 1, 2].map((sequence) => ({ sequence, tokens: 1, room: 10 }))

test('guesses of one run may be checked in a piece of their own, or with all runs as long', () => {
  expect(layoutsOf(runs, [4, 0, 0], 64)).toEqual([
    { ubatches: [3, 4], fillers: [] },
    { ubatches: [15], fillers: [0, 4, 4] },
  ])
})

test('runs that are alike need no fillers', () => {
  expect(layoutsOf(runs, [2, 2, 2], 64)).toEqual([{ ubatches: [9], fillers: [] }])
})

test('what a format forces makes runs unlike, too', () => {
  const forced = runs.map((run) => (run.sequence === 1 ? { ...run, tokens: 3 } : run))
  expect(layoutsOf(forced, [0, 0, 0], 64)[1]).toEqual({ ubatches: [9], fillers: [2, 0, 2] })
})

test('fillers keep to the room of their run and of the batch', () => {
  const short = runs.map((run) => (run.sequence === 2 ? { ...run, room: 1 } : run))
  expect(layoutsOf(short, [4, 0, 0], 64)[1]).toEqual({ ubatches: [6, 6], fillers: [0, 4, 1] })
  expect(layoutsOf(runs, [4, 0, 0], 11)).toHaveLength(1)
})
