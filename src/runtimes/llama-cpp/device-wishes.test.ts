import { expect, test } from 'bun:test'
import type { CudaPlan } from '../../platform/cuda/cuda-plan.ts'
import { deviceNotes, requireGpu } from './device-wishes.ts'

const entry = (gpuLayers: number) => ({ id: 'a', load: { contextSize: 512, gpuLayers, slots: 1, threads: 1 } as const })

const missing: CudaPlan = {
  type: 'leave',
  reason: 'no-runtime',
  problem: 'libcublas.so.13 of CUDA 13 is missing',
  remedy: 'Run `hearth cuda install`.',
}

const asked = (gpuLayers: number, got: number, device: string, cuda?: CudaPlan) => () =>
  requireGpu(entry(gpuLayers), { device, cuda, gpuLayers: got })

test('a model that runs on the processor for want of a library says which one, and what to type', () => {
  expect(deviceNotes(entry(-1), { device: 'cpu', cuda: missing })).toEqual([
    'runs on the CPU: CUDA cannot be used: libcublas.so.13 of CUDA 13 is missing. Run `hearth cuda install`.',
  ])
})

test('nothing is said of one that wants no GPU, that has one, or whose libraries are for the processor', () => {
  expect(deviceNotes(entry(0), { device: 'cpu', cuda: missing })).toEqual([])
  expect(deviceNotes(entry(-1), { device: 'cuda', cuda: missing })).toEqual([])
  expect(deviceNotes(entry(-1), { device: 'cpu', cuda: undefined })).toEqual([])
})

test('where a GPU is required, a model without one is refused with what is missing', () => {
  expect(asked(-1, 0, 'cpu', missing)).toThrow(
    "'a' is not loaded: a GPU is required (require_gpu), and none can be used: CUDA cannot be used: libcublas.so.13 of CUDA 13 is missing.",
  )
  expect(asked(20, 0, 'cpu')).toThrow('none can be used: there is none.')
})

test('so is one of which not one layer fits', () => {
  expect(asked(-1, 0, 'cuda')).toThrow('not one of its layers fits')
})

test('a part of the layers is enough, and a model that asks for none has its way', () => {
  expect(asked(-1, 3, 'cuda')).not.toThrow()
  expect(asked(0, 0, 'cuda')).not.toThrow()
  expect(asked(0, 0, 'cpu', missing)).not.toThrow()
})
