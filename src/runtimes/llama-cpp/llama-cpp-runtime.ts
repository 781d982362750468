import { messageOf, ServerError } from '../../core/errors.ts'
import type { MemoryBytes, MemoryEstimate } from '../../core/memory.ts'
import type { ModelEntry } from '../../core/model.ts'
import type { LoadedModel, Runtime } from '../../core/runtime.ts'
import type { CudaPlan } from '../../platform/cuda/cuda-plan.ts'
import { type Addon, openAddon } from './addon.ts'
import { fitBatchSize } from './batch-sizes.ts'
import { deviceNotes, requireGpu } from './device-wishes.ts'
import { estimate, fit, least, type Machine } from './fit.ts'
import { loadAdapters } from './load-adapters.ts'
import { type ErrorLog, loadFailure, loadWeights, unusable } from './load-model.ts'
import type { Loading } from './loading.ts'
import { accelerate, openNativeStep } from './native-step.ts'
import { openForChat } from './open-for-chat.ts'
import { openForVectors } from './open-for-vectors.ts'
import { memoryFor } from './prefix/open-prefixes.ts'

/** A socket on which a byte comes with each piece of new work. */
export interface Knocks {
  readonly descriptor: number
  /** How many pieces of work have been read. */
  readonly heard: number
}

export interface Libraries {
  /** The folder of llama-addon.node. */
  readonly folder: string
  /** Of node-llama-cpp; `custom` where nobody knows it. */
  readonly version: string
  /** Our own native step, if there is such a file. */
  readonly step?: string
  /** What was found out about CUDA; absent: the libraries are not for it. */
  readonly cuda?: CudaPlan
}

export interface LlamaCppRuntimeOptions {
  /** Where the native libraries are. Called at the first load, not before. */
  readonly libraries: () => Promise<Libraries>
  /** Asked anew for every decision. */
  readonly machine: () => Machine
  /** Lines of llama.cpp's own log. */
  readonly onLog: (level: 'error' | 'warn' | 'debug', message: string) => void
  /** Whether a model is refused that would run on the processor though it asks for the GPU. */
  readonly requiresGpu?: boolean
  /** Whether text that a format leaves no choice about is taken without sampling. Off only to measure what it brings. */
  readonly predictsForcedText?: boolean
  /** Called right before a decode takes the JavaScript thread, where one does: the last moment to write anything. */
  readonly beforeDecode?: () => void
  /** The socket on which a byte comes with each piece of new work, once there is one. */
  readonly knocks?: () => Knocks | undefined
}

/**
 * Runs GGUF models through node-llama-cpp's addon. Native code can end the whole process: outside of tests this runtime
 * is loaded in a child process only. One model a process.
 */
export function createLlamaCppRuntime(options: LlamaCppRuntimeOptions): Runtime {
  return {
    name: 'llama-cpp',
    accepts: (entry) => entry.format === 'gguf',
    least: (entry, room) => least(entry, withRoom(options.machine(), room)),
    estimate: (entry, room) => withStates(entry, withRoom(options.machine(), room)),
    async load(entry, call) {
      const errors = collectErrors()
      const libraries = await librariesOrRefuse(entry, options)
      const { addon, cuda } = await openOrRefuse({ entry, libraries, options, errors })
      if (!addon.getIsArchSupported(entry.header.architecture))
        throw unusable(entry, `this build of llama.cpp does not know the architecture '${entry.header.architecture}'`)
      try {
        const { predictsForcedText = true } = options
        const decided = decide({ addon, cuda, entry, machine: withRoom(options.machine(), call.room) })
        if (options.requiresGpu) requireGpu(entry, { ...decided, cuda })
        const native = acceleration(libraries, options, decided.device)
        const availableBytes = () => options.machine().memoryBytes
        return await open({ addon, errors, entry, call, predictsForcedText, availableBytes, ...native, ...decided })
      } catch (error) {
        if (error instanceof ServerError || call.signal.aborted) throw error
        throw loadFailure(entry, messageOf(error))
      }
    },
  }
}

async function open(loading: Loading): Promise<LoadedModel> {
  const { entry } = loading
  const model = await loadWeights({ ...loading, path: entry.path, header: entry.header })
  try {
    const adapters = await loadAdapters(loading, model)
    const open = entry.kind === 'chat' ? openForChat : openForVectors
    return await open(loading, model, adapters)
  } catch (error) {
    await model.dispose()
    throw error
  }
}

/** The estimate, and what the states of prompts may take of the rest. */
function withStates(entry: ModelEntry, machine: Machine): MemoryEstimate {
  const estimated = estimate(entry, machine)
  const { promptCache } = entry.load
  if (entry.kind !== 'chat' || !promptCache || promptCache.folder) return estimated
  const spareBytes = Math.max(0, machine.memoryBytes - estimated.mainBytes)
  return { ...estimated, stateBytes: memoryFor(promptCache, spareBytes) }
}

/** The machine as far as a model may have it. A room that is not limited says nothing, nor does one that nobody knows. */
function withRoom(machine: Machine, room: MemoryBytes | undefined): Machine {
  const { mainBytes, deviceBytes } = room ?? {}
  return {
    ...machine,
    ...(isKnown(mainBytes) && { memoryBytes: mainBytes }),
    ...(isKnown(deviceBytes) && { deviceBytes }),
  }
}

const isKnown = (bytes: number | undefined): bytes is number => Number.isFinite(bytes)

interface Decision {
  readonly addon: Addon
  readonly cuda: CudaPlan | undefined
  readonly entry: ModelEntry
  readonly machine: Machine
}

function decide({
  addon,
  cuda,
  entry,
  machine,
}: Decision): Pick<Loading, 'fitted' | 'device' | 'gpuLayers' | 'batchSize' | 'spareBytes'> {
  const device = addon.getGpuType() || 'cpu'
  const cores = Math.min(machine.cores, addon.getMathCores() || machine.cores)
  const given = { ...machine, cores, deviceBytes: device === 'cpu' ? 0 : deviceRoom(machine, addon) }
  const plain = fit(entry, given)
  const fitted = { ...plain, notes: [...plain.notes, ...deviceNotes(entry, { device, cuda })] }
  const { gpuLayers } = fitted
  const batchSize = fitBatchSize(entry.header, gpuLayers > 0 ? device : 'cpu')
  const spareBytes = Math.max(0, machine.memoryBytes - estimate(entry, given).mainBytes)
  return { fitted, device, gpuLayers, batchSize, spareBytes }
}

/** What the parent was told of a GPU may be some moments old: what is not there now cannot be had. */
function deviceRoom({ deviceBytes = Number.POSITIVE_INFINITY }: Machine, addon: Addon): number {
  const { total, used } = addon.getGpuVramInfo()
  return Math.min(deviceBytes, Math.max(0, total - used))
}

async function librariesOrRefuse(entry: ModelEntry, { libraries }: LlamaCppRuntimeOptions): Promise<Libraries> {
  try {
    return await libraries()
  } catch (error) {
    throw refusal(entry, error)
  }
}

interface Opening {
  readonly entry: ModelEntry
  readonly libraries: Libraries
  readonly options: LlamaCppRuntimeOptions
  readonly errors: CollectedErrors
}

async function openOrRefuse({ entry, libraries, options, errors }: Opening): Promise<Pick<Decision, 'addon' | 'cuda'>> {
  let { cuda } = libraries
  const onCuda = (plan: CudaPlan) => {
    cuda = plan
  }
  try {
    const onLog = (level: 'error' | 'warn' | 'debug', message: string) => {
      if (level === 'error') errors.add(message)
      options.onLog(level, message)
    }
    const addon = await openAddon(libraries.folder, onLog, { cuda, onCuda })
    return { addon, cuda }
  } catch (error) {
    throw refusal(entry, error)
  }
}

function refusal(entry: ModelEntry, error: unknown): ServerError {
  if (error instanceof ServerError) return error
  return loadFailure(entry, `the native libraries do not work here: ${messageOf(error)}`)
}

function acceleration(
  libraries: Libraries,
  { onLog, beforeDecode = () => {}, knocks = () => undefined }: LlamaCppRuntimeOptions,
  device: string,
): Pick<Loading, 'accelerate' | 'vectors' | 'decodeOn'> {
  const step = openNativeStep(libraries, (problem) => onLog('warn', problem))
  if (!step) return { accelerate: (context) => context }
  const canStop = device === 'cpu'
  return {
    accelerate: (context, threads) => accelerate(context, { step, threads, beforeDecode, knocks, canStop }),
    vectors: step.vectors,
    decodeOn: step.decodeOn,
  }
}

interface CollectedErrors extends ErrorLog {
  add(message: string): void
}

function collectErrors(): CollectedErrors {
  let first: string | undefined
  return {
    // The first complaint names the cause; those after it say only who gave up.
    add: (message) => {
      first ??= message.trim()
    },
    last: () => first,
    clear: () => {
      first = undefined
    },
  }
}
