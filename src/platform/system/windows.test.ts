import { expect, test } from 'bun:test'
import { readWindowsAnswer } from './windows.ts'

const answer = {
  system: { Caption: 'Microsoft Windows 11 Pro', Version: '10.0.22631', TotalVisibleMemorySize: 33_428_480 },
  processors: [{ Name: '13th Gen Intel(R) Core(TM) i7-13700K ', Manufacturer: 'GenuineIntel', NumberOfCores: 16 }],
  swap: [{ AllocatedBaseSize: 8192, CurrentUsage: 100 }],
  cards: [
    {
      Name: 'NVIDIA GeForce RTX 4090',
      AdapterCompatibility: 'NVIDIA',
      AdapterRAM: 4_293_918_720,
      DriverVersion: '32.0.15.6094',
    },
    { Name: 'AMD Radeon(TM) Graphics', AdapterCompatibility: 'Advanced Micro Devices, Inc.', AdapterRAM: 536_870_912 },
    { Name: 'Microsoft Basic Display Adapter', AdapterCompatibility: '(Standard display types)' },
  ],
}

test('one answer tells the system, the processor, the memory and the GPUs', () => {
  expect(readWindowsAnswer(`\uFEFF${JSON.stringify(answer)}\r\n`)).toEqual({
    name: 'Windows 11 Pro 10.0.22631',
    processor: {
      name: '13th Gen Intel(R) Core(TM) i7-13700K',
      vendor: 'GenuineIntel',
      physicalCores: 16,
      features: [],
    },
    memory: { totalBytes: 33_428_480 * 1024, swapTotalBytes: 8192 * 2 ** 20, swapFreeBytes: 8092 * 2 ** 20 },
    gpus: [
      // Its field has 32 bits: what a large card has cannot be told from it.
      { name: 'NVIDIA GeForce RTX 4090', vendor: 'NVIDIA', driverVersion: '32.0.15.6094' },
      { name: 'AMD Radeon(TM) Graphics', vendor: 'AMD', totalBytes: 536_870_912, isIntegrated: true },
    ],
  })
})

test.each(['', 'not json', '{}'])('an answer that cannot be read tells nothing: %p', (text) => {
  expect(readWindowsAnswer(text)).toMatchObject({ processor: { features: [] }, gpus: [] })
})
