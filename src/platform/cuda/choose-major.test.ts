import { expect, test } from 'bun:test'
import { usableMajors } from './choose-major.ts'

test.each([
  ['an Ada card with a driver of CUDA 13.0', '13.0', ['8.9'], [13, 12]],
  ['an RTX 5090 with a driver of CUDA 13.0', '13.0', ['12.0'], [13]],
  ['an H200, whose code the driver has to compile, with CUDA 13.0', '13.0', ['9.0'], [12]],
  ['an H200 with CUDA 13.1', '13.1', ['9.0'], [13, 12]],
  ['a Turing card with CUDA 13.0', '13.0', ['7.5'], [12]],
  ['a Pascal card, which CUDA 13 dropped', '13.1', ['6.1'], [12]],
  ['a Pascal card beside an Ada card', '13.1', ['8.9', '6.1'], [12]],
  ['a Pascal card beside an RTX 5090, which nothing runs together', '13.1', ['12.0', '6.1'], []],
  ['an Ampere card with a driver of CUDA 12.2', '12.2', ['8.6'], [12]],
  ['an A100 with CUDA 12.2, which cannot compile', '12.2', ['8.0'], []],
  ['an A100 with CUDA 12.4', '12.4', ['8.0'], [12]],
  ['a driver of CUDA 11', '11.8', ['8.6'], []],
  ['a Kepler card', '12.4', ['3.5'], []],
  ['13.10 comes after 13.2', '13.10', ['9.0'], [13, 12]],
] as const)('%s', (_, cudaVersion, capabilities, expected) => {
  expect(usableMajors({ cudaVersion, capabilities })).toEqual([...expected])
})

test('where nobody asked for the GPUs, those are assumed that need least of the driver', () => {
  expect(usableMajors({ cudaVersion: '13.0' })).toEqual([13, 12])
  expect(usableMajors({ cudaVersion: '12.0' })).toEqual([12])
})
