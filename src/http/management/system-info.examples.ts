import type { SystemInfoReply } from '../../protocol/management/system-info.wire.ts'

const gibibyte = 2 ** 30

/** A machine without a GPU. */
export const info: SystemInfoReply = {
  versions: { hearth: '0.1.0', runtime: 'bun 1.4.5', node_llama_cpp: '3.22.1', llama_cpp: 'v0.5.0' },
  operating_system: {
    platform: 'linux',
    architecture: 'x64',
    name: 'Debian GNU/Linux 12 (bookworm)',
    kernel: '6.1.0-40-amd64',
    libc: 'glibc 2.36',
  },
  cpu: {
    name: 'Intel(R) Core(TM) i5-8250U CPU @ 1.60GHz',
    vendor: 'GenuineIntel',
    physical_cores: 4,
    logical_cores: 8,
    usable_cores: 8,
    features: ['sse4_2', 'avx', 'avx2', 'f16c', 'fma', 'bmi2'],
  },
  memory: {
    total_bytes: 16 * gibibyte,
    available_bytes: 12 * gibibyte,
    swap_total_bytes: 2 * gibibyte,
    swap_free_bytes: 2 * gibibyte,
  },
  gpus: [],
  llama_cpp: {
    state: 'ready',
    device: 'cpu',
    built_for: 'cpu',
    cpu_variant: 'haswell',
    cpu_features: ['SSE3', 'SSSE3', 'AVX', 'AVX2', 'F16C', 'FMA', 'BMI2'],
    math_cores: 4,
    devices: [],
    back_ends: [
      { id: 'cpu', outcome: 'used' },
      { id: 'cuda', outcome: 'absent' },
      { id: 'vulkan', outcome: 'absent' },
      { id: 'metal', outcome: 'absent' },
    ],
  },
  storage: [
    { purpose: 'models', total_bytes: 500 * gibibyte, free_bytes: 200 * gibibyte },
    { purpose: 'data', total_bytes: 500 * gibibyte, free_bytes: 200 * gibibyte },
  ],
  process: { uptime_seconds: 60, memory_bytes: 120 * 2 ** 20, is_compiled: true },
}

const data = '/home/ada/.local/share/hearth'

/** The same, with all that is long or private. */
export const verboseInfo: SystemInfoReply = {
  ...info,
  llama_cpp: {
    ...info.llama_cpp,
    architectures: ['bert', 'gemma3', 'llama', 'qwen3'],
    folder: `${data}/native/3.22.1-0123456789ab`,
  },
  storage: info.storage.map((folder) => ({ ...folder, path: folder.purpose === 'models' ? '/home/ada/models' : data })),
  process: { ...info.process, id: 4711 },
}
