import type { BackEndAttempt, NativeState } from '../../core/native-report.ts'
import type { FolderInfo, Gpu, MainMemory, OperatingSystem, Processor, SystemInfo } from '../../core/system.ts'
import type { SystemInfoReply } from './system-info.wire.ts'
import { withoutFolders } from './without-folders.ts'

interface Wish {
  /** Whether paths, the process's number and long lists are told. */
  readonly verbose: boolean
}

/** A machine as GET /v1/system/info tells it. */
export function fromSystemInfo(info: SystemInfo, wish: Wish): SystemInfoReply {
  const { native, program } = info
  const report = native.state === 'ready' ? native.report : undefined
  return {
    versions: {
      hearth: program.version,
      runtime: program.runtime,
      ...present({
        node_llama_cpp: report?.version,
        llama_cpp: report?.llamaCppVersion,
        cuda_runtime: report?.cudaRuntime,
      }),
    },
    operating_system: fromOperatingSystem(info.operatingSystem),
    cpu: fromProcessor(info.processor),
    memory: fromMemory(info.memory),
    gpus: info.gpus.map(fromGpu),
    llama_cpp: fromNative(native, wish),
    storage: info.folders.map((folder) => fromFolder(folder, wish)),
    process: {
      uptime_seconds: program.uptimeSeconds,
      ...present({ memory_bytes: program.memoryBytes }),
      is_compiled: program.isCompiled,
      ...(wish.verbose && { id: program.processId }),
    },
  }
}

const fromOperatingSystem = ({ platform, architecture, name, kernel, libc, container }: OperatingSystem) => ({
  platform,
  architecture,
  ...present({ name }),
  kernel,
  ...present({ libc, container }),
})

const fromProcessor = (processor: Processor): SystemInfoReply['cpu'] => ({
  ...present({ name: processor.name, vendor: processor.vendor, physical_cores: processor.physicalCores }),
  logical_cores: processor.logicalCores,
  usable_cores: processor.usableCores,
  ...present({ quota_cores: processor.quotaCores }),
  features: [...processor.features],
})

const fromMemory = (memory: MainMemory): SystemInfoReply['memory'] => ({
  total_bytes: memory.totalBytes,
  available_bytes: memory.availableBytes,
  ...present({
    limit_bytes: memory.limitBytes,
    swap_total_bytes: memory.swapTotalBytes,
    swap_free_bytes: memory.swapFreeBytes,
  }),
})

const fromGpu = (gpu: Gpu): SystemInfoReply['gpus'][number] => ({
  name: gpu.name,
  ...present({
    vendor: gpu.vendor,
    memory_total_bytes: gpu.totalBytes,
    memory_free_bytes: gpu.freeBytes,
    driver_version: gpu.driverVersion,
    cuda_version: gpu.cudaVersion,
    is_integrated: gpu.isIntegrated,
  }),
})

function fromNative(native: NativeState, { verbose }: Wish): SystemInfoReply['llama_cpp'] {
  const problemOf = (problem: string) => (verbose ? problem : withoutFolders(problem))
  if (native.state === 'reading') return { state: 'reading' }
  if (native.state === 'failed') return { state: 'failed', problem: problemOf(native.problem) }
  const { report } = native
  const fromAttempt = ({ backEnd, outcome, problem }: BackEndAttempt) => ({
    id: backEnd,
    outcome,
    ...(problem !== undefined && { problem: problemOf(problem) }),
  })
  return {
    state: 'ready',
    device: report.device,
    built_for: report.builtFor,
    ...present({ cpu_variant: report.cpuVariant }),
    cpu_features: [...report.cpuFeatures],
    math_cores: report.mathCores,
    devices: [...report.deviceNames],
    ...present({
      device_memory_total_bytes: report.deviceMemory?.totalBytes,
      device_memory_free_bytes: report.deviceMemory?.freeBytes,
    }),
    back_ends: report.backEnds.map(fromAttempt),
    ...(verbose && { architectures: [...report.architectures], folder: report.folder }),
  }
}

const fromFolder = ({ purpose, path, totalBytes, freeBytes }: FolderInfo, { verbose }: Wish) => ({
  purpose,
  ...present({ total_bytes: totalBytes, free_bytes: freeBytes }),
  ...(verbose && { path }),
})

/** Without what is not known. */
function present<Values extends Record<string, string | number | boolean | undefined>>(values: Values) {
  const known = Object.entries(values).filter(([, value]) => value !== undefined)
  return Object.fromEntries(known) as { [Key in keyof Values]?: NonNullable<Values[Key]> }
}
