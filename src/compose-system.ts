import { statfs } from 'node:fs/promises'
import process from 'node:process'
import { nativeCommand } from './compose-runtime.ts'
import type { Config } from './config/config.ts'
import type { Environment } from './config/environment.ts'
import { version } from './config/version.ts'
import { ServerError } from './core/errors.ts'
import type { NativeReport } from './core/native-report.ts'
import type { FolderInfo, SystemInfo, SystemReader } from './core/system.ts'
import type { Log } from './observe/log.ts'
import { hasNvidiaDriver, readGpus } from './platform/gpu/read-gpus.ts'
import { nativeDevice } from './platform/native-libraries.ts'
import { probeNatively } from './platform/native-probe.ts'
import { isCompiled } from './platform/own-command.ts'
import { processMemoryBytes } from './platform/process-memory.ts'
import { runtimeName } from './platform/runtime-name.ts'
import { createSystemReader } from './platform/system/create-system-reader.ts'
import { gpuProblem, unusedGpus } from './platform/system/gpu-problem.ts'
import { readMachineFacts, readMemory } from './platform/system/read-machine.ts'
import { otherLibraries } from './platform/system/recipes.ts'

/** The first start of an executable unpacks its libraries, and a driver may compile for a GPU that it sees first. */
const probePatienceMilliseconds = 45_000

export interface SystemParts {
  readonly config: Pick<Config, 'models_dir'>
  readonly environment: Environment
  /** Ends what is being found out when the server ends. */
  readonly signal: AbortSignal
}

/** What knows the machine that this runs on. */
export function composeSystem({ config, environment, signal }: SystemParts): SystemReader {
  return createSystemReader({
    operatingSystem: { platform: process.platform, architecture: process.arch },
    probe: () => probe(environment, signal),
    readMachine: readMachineFacts,
    readGpus,
    readMemory,
    readProgram,
    readFolders: () =>
      Promise.all([readFolder('models', config.models_dir), readFolder('data', environment.dataFolder)]),
  })
}

/** Asks the native libraries, as a model's process would open them. Rejects with an error that says what is wrong. */
export async function probe(environment: Environment, signal?: AbortSignal): Promise<NativeReport> {
  const { command, environment: variables } = nativeCommand(environment)
  return probeNatively({
    command: [...command, '--probe'],
    environment: variables,
    patienceMilliseconds: probePatienceMilliseconds,
    ...(signal && { signal }),
  })
}

/**
 * Resolves when it is known how much memory the GPUs have that models would run on, or that nobody can say: until then
 * nobody knows what fits. At once where the libraries are for the CPU only.
 */
export async function deviceKnown(parts: {
  readonly environment: Environment
  readonly system: SystemReader
  readonly log: Log
}): Promise<void> {
  const { environment, system, log } = parts
  const { nativeFolder } = environment
  if ((nativeDevice({ ...(nativeFolder && { nativeFolder }) }) ?? 'cpu') === 'cpu') {
    if (hasNvidiaDriver()) void tellUnusedGpus(log)
    return
  }
  const info = await system.supportedArchitectures().then(() => system.info())
  if (info.native.state === 'failed') {
    log.warn(`no model can run: ${info.native.problem}. ${info.native.remedy ?? '`hearth doctor` says more.'}`)
  }
  if (info.native.state !== 'ready') return
  // A GPU that is silently not used is what people look for longest.
  const found = gpuProblem(info)
  if (found) log.warn(`models run on the CPU: ${found.problem}. ${found.remedy ?? '`hearth doctor` says more.'}`)
}

/** That a build for the processor leaves NVIDIA's GPUs alone. Holds nothing up. */
async function tellUnusedGpus(log: Log): Promise<void> {
  const gpus = (await readGpus()).filter(({ vendor }) => vendor === 'NVIDIA')
  if (gpus.length === 0) return
  const remedy = otherLibraries('cuda', 'custom', { platform: process.platform, architecture: process.arch })
  log.warn(`${unusedGpus(gpus)}: this build carries no libraries for GPUs. ${remedy}`)
}

/** As `requireGpu`, for who has no server yet. */
export async function requireGpuHere(parts: Omit<SystemParts, 'signal'>): Promise<void> {
  const ending = new AbortController()
  try {
    await requireGpu(composeSystem({ ...parts, signal: ending.signal }))
  } finally {
    ending.abort()
  }
}

/** Throws `gpu_required` where models would run on the processor. Takes as long as the native libraries take to open. */
export async function requireGpu(system: SystemReader): Promise<void> {
  await system.supportedArchitectures()
  const found = gpuProblem(await system.info())
  if (found) throw new ServerError('gpu_required', { ...found })
}

function readProgram(): SystemInfo['program'] {
  const memoryBytes = processMemoryBytes(process.pid)
  return {
    version,
    runtime: runtimeName(),
    isCompiled: isCompiled(),
    uptimeSeconds: Math.floor(process.uptime()),
    ...(memoryBytes !== undefined && { memoryBytes }),
    processId: process.pid,
  }
}

async function readFolder(purpose: FolderInfo['purpose'], path: string): Promise<FolderInfo> {
  try {
    const { blocks, bavail, bsize } = await statfs(path)
    return { purpose, path, totalBytes: blocks * bsize, freeBytes: bavail * bsize }
  } catch {
    return { purpose, path }
  }
}
