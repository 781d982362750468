import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { constants } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { messageOf } from '../../core/errors.ts'
import type { BackEnd, BackEndAttempt, DeviceMemory, NativeReport } from '../../core/native-report.ts'
import type { CudaPlan } from '../../platform/cuda/cuda-plan.ts'
import { type Addon, openAddon } from './addon.ts'
import { cpuFeaturesOf, cudaRuntimeIn, libraryIn, variantOf, versionOfLibraries } from './library-names.ts'
import type { Libraries } from './llama-cpp-runtime.ts'
import { inFolder } from './load-backends.ts'
import { openNativeStep } from './native-step.ts'

/** Stand in llama.cpp's list, and cannot be loaded: a projector for images, and the end of the list. */
const notOfModels: ReadonlySet<string> = new Set(['clip', '(unknown)'])

export interface ProbeRequest {
  readonly libraries: Libraries & { readonly device: BackEnd }
  /** Told before each step that could end the process. */
  readonly onStep: (step: string) => void
}

/**
 * Opens the native libraries exactly as a model's process does, and tells what they say of themselves and of the machine.
 * Opening a GPU may end the process: for a process that does nothing else. Rejects where they cannot be opened at all.
 */
export const probeLibraries = (request: ProbeRequest): Promise<NativeReport> =>
  inFolder(request.libraries.folder, () => probe(request))

async function probe({ libraries, onStep }: ProbeRequest): Promise<NativeReport> {
  const { folder, version, device: builtFor } = libraries
  const log: string[] = []
  onStep(`opening the native libraries in ${folder}`)
  let { cuda } = libraries
  const onCuda = (plan: CudaPlan) => {
    cuda = plan
  }
  const addon = await openAddon(folder, (_, message) => void log.push(message), { isVerbose: true, cuda, onCuda })
  // The log comes through the event loop.
  await new Promise((resolve) => setTimeout(resolve, 0))
  onStep('asking for the GPUs')
  const gpu = addon.getGpuType() || undefined
  const deviceNames = gpu ? addon.getGpuDeviceInfo().deviceNames : []
  const device = gpu && deviceNames.length > 0 ? gpu : 'cpu'
  const names = readdirSync(folder)
  const loaded = loadedLibraries(log)
  const cpuVariant = variantOf(libraryIn(loaded, 'cpu'))
  const llamaCppVersion = versionOfLibraries(names)
  const cudaRuntime = cudaRuntimeIn(loaded)
  const attempt = (backEnd: BackEnd) => attemptOf({ backEnd, device, folder, names, loaded, log, onStep, cuda })
  return {
    version,
    ...(llamaCppVersion && { llamaCppVersion }),
    folder,
    builtFor,
    device,
    ...(cpuVariant && { cpuVariant }),
    cpuFeatures: cpuFeaturesOf(addon.systemInfo()),
    mathCores: addon.getMathCores(),
    deviceNames,
    ...(device !== 'cpu' && { deviceMemory: memoryOf(addon) }),
    ...(cudaRuntime && { cudaRuntime }),
    architectures: addon.getAllArchs().filter((name) => name && !notOfModels.has(name)),
    backEnds: (['cpu', 'cuda', 'vulkan', 'metal'] as const).map(attempt),
    hasNativeStep: openNativeStep(libraries, () => {}) !== undefined,
  }
}

function memoryOf(addon: Addon): DeviceMemory {
  const { total, used } = addon.getGpuVramInfo()
  return { totalBytes: total, freeBytes: Math.max(0, total - used) }
}

interface AttemptFacts {
  readonly backEnd: BackEnd
  readonly device: BackEnd
  readonly folder: string
  /** Files of the folder. */
  readonly names: readonly string[]
  readonly loaded: readonly string[]
  readonly log: readonly string[]
  readonly cuda: CudaPlan | undefined
  readonly onStep: (step: string) => void
}

function attemptOf({ backEnd, device, folder, names, loaded, log, onStep, cuda }: AttemptFacts): BackEndAttempt {
  if (backEnd === device) return { backEnd, outcome: 'used' }
  if (backEnd === 'cpu') return { backEnd, outcome: 'idle' }
  const library = libraryIn(names, backEnd)
  if (!library) return { backEnd, outcome: 'absent' }
  if (backEnd === 'cuda' && cuda?.type === 'leave')
    return { backEnd, outcome: 'failed', problem: cuda.problem, remedy: cuda.remedy }
  const said = log.filter((line) => line.startsWith(`ggml_${backEnd}`)).at(-1) ?? foundNothing
  if (libraryIn(loaded, backEnd)) return { backEnd, outcome: 'failed', problem: said }
  onStep(`loading ${library}`)
  const path = cuda?.type === 'use' && cuda.major === 12 ? join(folder, 'fallback', library) : join(folder, library)
  return { backEnd, outcome: 'failed', problem: whyNotLoaded(path) ?? said }
}

/** A library of ggml goes again without a word then. */
const foundNothing =
  'its library is here, and found no GPU: there is no driver for one, none is visible, or the driver is of another version'

/** llama.cpp passes over a library that cannot be loaded without a word; the system says what is missing. */
function whyNotLoaded(path: string): string | undefined {
  try {
    process.dlopen({ exports: {} }, path, constants.dlopen.RTLD_NOW ?? 2)
  } catch (error) {
    const problem = messageOf(error)
    // It could be loaded then, and is no module for JavaScript.
    return /napi_register_module|self-register|register Node-API module/i.test(problem) ? undefined : problem
  }
  return undefined
}

/** Absolute paths: of this process where the system shows them, else those that llama.cpp tells of. */
function loadedLibraries(log: readonly string[]): readonly string[] {
  if (existsSync('/proc/self/maps')) {
    const lines = readFileSync('/proc/self/maps', 'utf8').split('\n')
    return [...new Set(lines.map((line) => line.slice(73)).filter((path) => path.startsWith('/')))]
  }
  return log.flatMap((line) => /loaded \S+ backend from (.+)$/.exec(line)?.[1] ?? [])
}
