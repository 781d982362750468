import type { NativeReport } from '../../src/core/native-report.ts'
import type { Recipe, SystemInfo, SystemReader } from '../../src/core/system.ts'

const gibibyte = 2 ** 30

/** What the libraries of a machine without a GPU say. */
export const fakeNativeReport: NativeReport = {
  version: '3.22.1',
  llamaCppVersion: 'v0.5.0',
  folder: '/home/ada/.local/share/hearth/native/3.22.1-0123456789ab',
  builtFor: 'cpu',
  device: 'cpu',
  cpuVariant: 'haswell',
  cpuFeatures: ['SSE3', 'SSSE3', 'AVX', 'AVX2', 'F16C', 'FMA', 'BMI2'],
  mathCores: 4,
  deviceNames: [],
  architectures: ['bert', 'gemma3', 'llama', 'qwen3'],
  backEnds: [
    { backEnd: 'cpu', outcome: 'used' },
    { backEnd: 'cuda', outcome: 'absent' },
    { backEnd: 'vulkan', outcome: 'absent' },
    { backEnd: 'metal', outcome: 'absent' },
  ],
  hasNativeStep: true,
}

export const fakeSystemInfo: SystemInfo = {
  operatingSystem: {
    platform: 'linux',
    architecture: 'x64',
    name: 'Debian GNU/Linux 12 (bookworm)',
    kernel: '6.1.0-40-amd64',
    libc: 'glibc 2.36',
  },
  processor: {
    name: 'Intel(R) Core(TM) i5-8250U CPU @ 1.60GHz',
    vendor: 'GenuineIntel',
    physicalCores: 4,
    logicalCores: 8,
    usableCores: 8,
    features: ['sse4_2', 'avx', 'avx2', 'f16c', 'fma', 'bmi2'],
  },
  memory: {
    totalBytes: 16 * gibibyte,
    availableBytes: 12 * gibibyte,
    swapTotalBytes: 2 * gibibyte,
    swapFreeBytes: 2 * gibibyte,
  },
  gpus: [],
  native: { state: 'ready', report: fakeNativeReport },
  program: {
    version: '0.1.0',
    runtime: 'bun 1.4.5',
    isCompiled: true,
    uptimeSeconds: 60,
    memoryBytes: 120 * 2 ** 20,
    processId: 4711,
  },
  folders: [
    { purpose: 'models', path: '/home/ada/models', totalBytes: 500 * gibibyte, freeBytes: 200 * gibibyte },
    { purpose: 'data', path: '/home/ada/.local/share/hearth', totalBytes: 500 * gibibyte, freeBytes: 200 * gibibyte },
  ],
}

export const fakeRecipes: readonly Recipe[] = [
  {
    id: 'llama-cpp-cpu',
    runtime: 'llama-cpp',
    backEnd: 'cpu',
    summary: 'GGUF models through llama.cpp on the CPU',
    isAvailable: true,
    isDefault: true,
  },
  {
    id: 'onnx',
    runtime: 'onnx',
    summary: 'ONNX models through onnxruntime',
    isAvailable: false,
    isDefault: false,
    reason: 'This version of Hearth does not run ONNX models.',
    remedy: 'Use the same model as a GGUF file.',
  },
]

/** A machine that holds still. */
export function createFakeSystem(changes: Partial<SystemReader> = {}): SystemReader {
  return {
    info: async () => fakeSystemInfo,
    recipes: async () => fakeRecipes,
    supportedArchitectures: async () => new Set(fakeNativeReport.architectures),
    deviceMemory: () => undefined,
    refreshDeviceMemory() {},
    ...changes,
  }
}
