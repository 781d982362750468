import { expect, test } from 'bun:test'
import { type CardFiles, readLinuxCards } from './linux-cards.ts'
import { readNvidiaFiles, readNvidiaSmi } from './nvidia.ts'

const head = `Sun Apr 21 12:00:00 2026
+-----------------------------------------------------------------------------------------+
| NVIDIA-SMI 550.54.15              Driver Version: 550.54.15      CUDA Version: 12.4     |
|-----------------------------------------+------------------------+----------------------+
`

test('two NVIDIA GPUs, their driver, and the CUDA that it can run', () => {
  const answer = 'NVIDIA H100 80GB HBM3, 81559, 80994, 550.54.15\nNVIDIA RTX A2000, 6138, 5800, 550.54.15\n'
  expect(readNvidiaSmi(answer, head)).toEqual([
    {
      name: 'NVIDIA H100 80GB HBM3',
      vendor: 'NVIDIA',
      totalBytes: 81559 * 2 ** 20,
      freeBytes: 80994 * 2 ** 20,
      driverVersion: '550.54.15',
      cudaVersion: '12.4',
    },
    expect.objectContaining({ name: 'NVIDIA RTX A2000', totalBytes: 6138 * 2 ** 20 }),
  ])
})

test('a newer driver names its CUDA otherwise, and a GPU that shares the memory of the machine tells none', () => {
  const newer = '| NVIDIA-SMI 610.57.04   KMD Version: 610.57.04   CUDA UMD Version: 13.3     |'
  expect(readNvidiaSmi('NVIDIA GB10, [N/A], [N/A], 610.57.04\n', newer)).toEqual([
    { name: 'NVIDIA GB10', vendor: 'NVIDIA', driverVersion: '610.57.04', cudaVersion: '13.3', isIntegrated: true },
  ])
})

test('what nvidia-smi says when it fails is no GPU', () => {
  expect(readNvidiaSmi('No devices were found\n', '')).toEqual([])
})

test.each([
  'NVRM version: NVIDIA UNIX x86_64 Kernel Module  535.129.03  Thu Oct 19 18:56:32 UTC 2023\n',
  'NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  535.129.03  Release Build  (user@host)\n',
])("without nvidia-smi the driver's own files tell: %s", (version) => {
  const card = 'Model: \t\t NVIDIA A100-SXM4-40GB\nIRQ:   \t\t 20\nGPU UUID: \t GPU-1\n'
  expect(readNvidiaFiles(version, [card, ''])).toEqual([
    { name: 'NVIDIA A100-SXM4-40GB', vendor: 'NVIDIA', driverVersion: '535.129.03' },
    { name: 'NVIDIA GPU', vendor: 'NVIDIA', driverVersion: '535.129.03' },
  ])
})

const card = (files: Partial<CardFiles>): CardFiles => ({
  vendor: '',
  device: '',
  uevent: '',
  productName: '',
  memoryTotal: '',
  memoryUsed: '',
  ...files,
})

const vulkan = `==========
VULKANINFO
==========

Devices:
========
GPU0:
	apiVersion         = 1.3.274
	driverVersion      = 24.0.5
	vendorID           = 0x1002
	deviceID           = 0x744c
	deviceType         = PHYSICAL_DEVICE_TYPE_DISCRETE_GPU
	deviceName         = AMD Radeon RX 7900 XTX (RADV NAVI31)
	driverID           = DRIVER_ID_MESA_RADV
	driverName         = radv
	driverInfo         = Mesa 24.0.5
GPU1:
	vendorID           = 0x8086
	deviceID           = 0x46a6
	deviceType         = PHYSICAL_DEVICE_TYPE_INTEGRATED_GPU
	deviceName         = Intel(R) Graphics (ADL GT2)
	driverInfo         = Mesa 24.0.5
GPU2:
	vendorID           = 0x10005
	deviceID           = 0x0000
	deviceType         = PHYSICAL_DEVICE_TYPE_CPU
	deviceName         = llvmpipe (LLVM 17.0.6, 256 bits)
`

test('cards of the kernel, with the names that Vulkan has for them', () => {
  const amd = card({
    vendor: '0x1002\n',
    device: '0x744c\n',
    uevent: 'DRIVER=amdgpu\nPCI_CLASS=30000\n',
    memoryTotal: '25753026560\n',
    memoryUsed: '753026560\n',
  })
  const intel = card({ vendor: '0x8086\n', device: '0x46a6\n', uevent: 'DRIVER=i915\n' })
  expect(readLinuxCards([amd, intel], vulkan)).toEqual([
    {
      name: 'AMD Radeon RX 7900 XTX (RADV NAVI31)',
      vendor: 'AMD',
      totalBytes: 25753026560,
      freeBytes: 25_000_000_000,
      driverVersion: 'Mesa 24.0.5',
      isIntegrated: false,
    },
    { name: 'Intel(R) Graphics (ADL GT2)', vendor: 'Intel', driverVersion: 'Mesa 24.0.5', isIntegrated: true },
  ])
  expect(readLinuxCards([amd], '').map(({ name }) => name)).toEqual(['AMD GPU 0x744c'])
})

test('what only draws a console is no GPU, and what the NVIDIA driver has is told by it', () => {
  const console = card({ vendor: '0x1234\n', device: '0x1111\n', uevent: 'DRIVER=bochs-drm\n' })
  const nvidia = card({ vendor: '0x10de\n', device: '0x2684\n', uevent: 'DRIVER=nvidia\n' })
  expect(readLinuxCards([console, nvidia], '')).toEqual([])
})
