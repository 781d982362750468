import { expect, test } from 'bun:test'
import { fakeNativeReport, fakeSystemInfo } from '../../../test/fakes/fake-system.ts'
import type { NativeReport } from '../../core/native-report.ts'
import { createSystemReader } from './create-system-reader.ts'

function reader() {
  const probes: ReturnType<typeof Promise.withResolvers<NativeReport>>[] = []
  const clock = { now: 0 }
  const { operatingSystem, processor, memory, program, folders } = fakeSystemInfo
  const system = createSystemReader(
    {
      operatingSystem,
      probe() {
        const probe = Promise.withResolvers<NativeReport>()
        probes.push(probe)
        return probe.promise
      },
      readMachine: async () => ({ operatingSystem, processor, swap: {} }),
      readGpus: async () => [],
      readMemory: () => memory,
      readProgram: () => program,
      readFolders: async () => folders,
    },
    () => clock.now,
  )
  return { system, probes, clock }
}
const turn = () => new Promise((resolve) => setImmediate(resolve))
const gpuReport = (freeBytes: number): NativeReport => ({
  ...fakeNativeReport,
  device: 'cuda',
  deviceMemory: { totalBytes: 100, freeBytes },
})

test('everything is joined, and the native libraries are asked once', async () => {
  const { system, probes } = reader()
  const asked = [system.info(), system.info()]
  await turn()
  probes[0]?.resolve(fakeNativeReport)
  expect((await Promise.all(asked))[0]).toEqual(fakeSystemInfo)
  expect(await system.supportedArchitectures()).toEqual(new Set(fakeNativeReport.architectures))
  expect(probes).toHaveLength(1)
})

test('a probe that fails is told, and made anew for whoever asks half a minute later', async () => {
  const { system, probes, clock } = reader()
  const asked = system.info()
  await turn()
  probes[0]?.reject(new Error('it ended without an answer (signal SIGSEGV)'))
  expect((await asked).native).toEqual({ state: 'failed', problem: 'it ended without an answer (signal SIGSEGV)' })
  expect(await system.supportedArchitectures()).toBeUndefined()
  expect((await system.recipes())[0]).toMatchObject({ id: 'llama-cpp-cpu', isAvailable: false })
  expect(probes).toHaveLength(1)
  clock.now = 30_001
  expect((await system.info()).native.state).toBe('failed')
  expect(probes).toHaveLength(2)
  probes[1]?.resolve(fakeNativeReport)
  await turn()
  expect((await system.info()).native.state).toBe('ready')
})

test('the memory of GPUs is unknown before the first probe, and read anew when a model has come or gone', async () => {
  const { system, probes } = reader()
  system.refreshDeviceMemory()
  expect(system.deviceMemory()).toBeUndefined()
  expect(probes).toHaveLength(0)
  const asked = system.supportedArchitectures()
  await turn()
  probes[0]?.resolve(gpuReport(90))
  await asked
  expect(system.deviceMemory()).toEqual({ totalBytes: 100, freeBytes: 90 })
  system.refreshDeviceMemory()
  expect(probes).toHaveLength(2)
  expect(system.deviceMemory()).toEqual({ totalBytes: 100, freeBytes: 90 })
  probes[1]?.resolve(gpuReport(40))
  await turn()
  expect(system.deviceMemory()).toEqual({ totalBytes: 100, freeBytes: 40 })
})

test('a GPU that was there a moment ago is not forgotten because one probe failed', async () => {
  const { system, probes } = reader()
  const asked = system.supportedArchitectures()
  await turn()
  probes[0]?.resolve(gpuReport(90))
  await asked
  system.refreshDeviceMemory()
  probes[1]?.reject(new Error('too busy'))
  await turn()
  expect(system.deviceMemory()).toEqual({ totalBytes: 100, freeBytes: 90 })
})

test('without a GPU nothing is read anew', async () => {
  const { system, probes } = reader()
  const asked = system.supportedArchitectures()
  await turn()
  probes[0]?.resolve(fakeNativeReport)
  await asked
  system.refreshDeviceMemory()
  expect(probes).toHaveLength(1)
})
