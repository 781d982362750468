import { expect, test } from 'bun:test'
import { type PlanFacts, planCuda } from './cuda-plan.ts'
import type { DriverState } from './read-driver.ts'

const driver = (cudaVersion: string, ...capabilities: string[]): DriverState => ({
  state: 'ready',
  driver: { cudaVersion, capabilities },
})

const runtime = { source: 'own', folder: '/data/cuda/13', files: ['/data/cuda/13/libcudart.so.13'] } as const

const plan = (facts: Partial<PlanFacts>) =>
  planCuda({ platform: 'linux', driver: driver('13.1', '8.9'), runtimes: {}, carried: [13, 12], ...facts })

test('the newest version goes first that driver, GPUs and a runtime are there for', () => {
  expect(plan({ runtimes: { 13: { runtime } } })).toEqual({ type: 'use', major: 13, runtime, driver: '13.1' })
  const old = { driver: driver('12.4', '8.9'), runtimes: { 12: { runtime } } }
  expect(plan(old)).toMatchObject({ type: 'use', major: 12 })
})

test('a runtime of CUDA 12 that is there is better than the processor', () => {
  const runtimes = { 13: { missing: ['libcublas.so.13'] }, 12: { runtime } }
  expect(plan({ runtimes })).toMatchObject({ type: 'use', major: 12 })
})

test('what is missing is named, with what to type', () => {
  const runtimes = { 13: { missing: ['libcudart.so.13', 'libcublas.so.13'] }, 12: { missing: ['libcublas.so.12'] } }
  expect(plan({ runtimes })).toEqual({
    type: 'leave',
    reason: 'no-runtime',
    problem: 'libcudart.so.13 and libcublas.so.13 of CUDA 13 are missing',
    remedy: expect.stringContaining('`hearth cuda install`'),
    major: 13,
  })
})

test('without a driver nothing is asked for but the driver', () => {
  expect(plan({ driver: { state: 'absent', problem: 'libcuda.so.1: cannot open' } })).toMatchObject({
    reason: 'no-driver',
    problem: 'there is no NVIDIA driver (libcuda.so.1 is missing)',
    remedy: expect.stringContaining('docker run --gpus all'),
  })
  expect(plan({ platform: 'win32', driver: { state: 'absent', problem: '' } })).toMatchObject({
    problem: 'there is no NVIDIA driver (nvcuda.dll is missing)',
  })
})

test('a driver that finds no GPU, and one that is too old, say so', () => {
  expect(
    plan({ driver: { state: 'unusable', problem: 'no CUDA-capable device is detected (CUDA error 100)' } }),
  ).toMatchObject({
    reason: 'no-gpu',
    problem: 'the NVIDIA driver cannot be used: no CUDA-capable device is detected (CUDA error 100)',
  })
  expect(plan({ driver: driver('11.4', '8.6', '8.6') })).toMatchObject({
    reason: 'old-driver',
    problem: expect.stringContaining(
      'runs CUDA 11.4, which is too old for these libraries, for GPUs of compute capability 8.6',
    ),
  })
  expect(plan({ driver: driver('13.0', '9.0'), carried: [13] })).toMatchObject({ reason: 'old-driver' })
})

test('GPUs that no driver makes fit are told as such', () => {
  for (const capabilities of [['3.5'], ['6.1', '12.0']])
    expect(plan({ driver: driver('13.1', ...capabilities) })).toMatchObject({
      reason: 'unfit-gpu',
      problem: `no library for CUDA that is here runs on all GPUs, of compute capability ${capabilities.join(' and ')}`,
      remedy: expect.stringContaining('CUDA_VISIBLE_DEVICES'),
    })
})

test('libraries that others can change are passed over with a word', () => {
  const choice = { missing: ['libcublas.so.13'], untrusted: ['/mnt/shared'] }
  expect(plan({ runtimes: { 13: choice } })).toMatchObject({
    problem:
      'libcublas.so.13 of CUDA 13 is missing; what lies in /mnt/shared is passed over, because other people can change it',
    remedy: expect.stringContaining('set HEARTH_CUDA_DIR to /mnt/shared'),
  })
})

test('of a service the folder is named into which the runtime has to come', () => {
  const runtimes = { 13: { missing: ['libcublas.so.13'] } }
  const remedyFor = (facts: Partial<PlanFacts>) => (plan({ runtimes, ...facts }) as { remedy?: string }).remedy
  expect(remedyFor({ dataHome: '/var/lib/hearth' })).toStartWith(
    'Run `HEARTH_HOME=/var/lib/hearth hearth cuda install`',
  )
  expect(remedyFor({ dataHome: '/srv/a b' })).toStartWith("Run `HEARTH_HOME='/srv/a b' hearth cuda install`")
  expect(remedyFor({ dataHome: 'C:\\data', platform: 'win32' })).toStartWith('Run `hearth cuda install`')
})
