import { expect, test } from 'bun:test'
import { fakeNativeReport, fakeSystemInfo } from '../../../test/fakes/fake-system.ts'
import type { BackEndAttempt } from '../../core/native-report.ts'
import type { SystemInfo } from '../../core/system.ts'
import { gpuProblem } from './gpu-problem.ts'

const having = (changes: Partial<SystemInfo>) => gpuProblem({ ...fakeSystemInfo, ...changes })

const report = (attempt: BackEndAttempt, device: 'cpu' | 'cuda' = 'cpu'): SystemInfo['native'] => ({
  state: 'ready',
  report: { ...fakeNativeReport, device, backEnds: [{ backEnd: 'cpu', outcome: 'used' }, attempt] },
})

test('where models run on a GPU there is no problem', () => {
  expect(having({ native: report({ backEnd: 'cuda', outcome: 'used' }, 'cuda') })).toBeUndefined()
})

test('a back-end that failed says what is missing and what to type', () => {
  const attempt: BackEndAttempt = {
    ...{ backEnd: 'cuda', outcome: 'failed', problem: 'libcublas.so.13 of CUDA 13 is missing' },
    remedy: 'Run `hearth cuda install`.',
  }
  expect(having({ native: report(attempt) })).toEqual({
    problem: 'CUDA cannot be used: libcublas.so.13 of CUDA 13 is missing',
    remedy: 'Run `hearth cuda install`.',
  })
})

test('a build for the processor names the executable that would use the GPU', () => {
  expect(having({ gpus: [{ name: 'NVIDIA RTX A2000', vendor: 'NVIDIA' }] })).toMatchObject({
    problem: 'NVIDIA RTX A2000 is not used: this build carries no libraries for GPUs',
    remedy: expect.stringMatching(/^Use the executable hearth-linux-x64-cuda /),
  })
  expect(having({ gpus: [{ name: 'Radeon RX 7800 XT', vendor: 'AMD' }] })?.remedy).toContain('hearth-linux-x64-vulkan ')
  const windows = { ...fakeSystemInfo.operatingSystem, platform: 'win32' }
  expect(having({ operatingSystem: windows })?.remedy).toContain('hearth-windows-x64-cuda ')
  const board = { ...fakeSystemInfo.operatingSystem, architecture: 'arm64' }
  expect(having({ operatingSystem: board })?.remedy).toStartWith('No release has them for linux arm64')
})

test('libraries that do not work are the problem', () => {
  expect(having({ native: { state: 'failed', problem: 'the disk is full' } })).toEqual({
    problem: 'the native libraries cannot be used: the disk is full',
  })
})

test('what whoever opened the libraries knows to do is told', () => {
  const remedy = 'Make room on the disk.'
  expect(having({ native: { state: 'failed', problem: 'the disk is full', remedy } })?.remedy).toBe(remedy)
})
