import { Bug, messageOf } from '../../core/errors.ts'
import type { NativeReport, NativeState } from '../../core/native-report.ts'
import type { Gpu, MainMemory, OperatingSystem, Processor, SystemInfo, SystemReader } from '../../core/system.ts'
import { NativeProblem } from '../native-probe.ts'
import { keep } from './kept.ts'
import { recipesOf } from './recipes.ts'

/** What does not change while the program runs, and the swap. */
export interface MachineFacts {
  readonly operatingSystem: OperatingSystem
  readonly processor: Processor
  readonly swap: Pick<MainMemory, 'swapTotalBytes' | 'swapFreeBytes'>
}

/** Where what a `SystemReader` tells comes from. */
export interface SystemSources {
  /** Asks the native libraries in a process of its own. Rejects with an error that says why that failed. */
  readonly probe: () => Promise<NativeReport>
  readonly operatingSystem: Pick<OperatingSystem, 'platform' | 'architecture'>
  /** Never rejects, as all that read. */
  readonly readMachine: () => Promise<MachineFacts>
  readonly readGpus: () => Promise<readonly Gpu[]>
  /** At once. */
  readonly readMemory: (machine: MachineFacts) => MainMemory
  readonly readProgram: () => SystemInfo['program']
  readonly readFolders: () => Promise<SystemInfo['folders']>
}

/** How long the first question waits for what is slow. */
const patienceMilliseconds = 2000
/** How long whoever must know waits for the native libraries; their process is ended before that. */
const longPatienceMilliseconds = 60_000
/** How old what GPUs say of their memory may be. */
const gpuAgeMilliseconds = 5000
/** After that a probe that failed is tried again. */
const failedProbeAgeMilliseconds = 30_000

/** Keeps what the sources say, as `SystemReader` has it. Nothing is read before somebody asks. */
export function createSystemReader(sources: SystemSources, now = () => performance.now()): SystemReader {
  const native = keepNative(sources.probe, now)
  const machine = keep({ read: sources.readMachine, maxAgeMilliseconds: Number.POSITIVE_INFINITY, now })
  const gpus = keep({ read: sources.readGpus, maxAgeMilliseconds: gpuAgeMilliseconds, now })
  return {
    async info() {
      const [known, cards, state, folders] = await Promise.all([
        machine.get(longPatienceMilliseconds),
        gpus.get(patienceMilliseconds),
        native.get(patienceMilliseconds),
        sources.readFolders(),
      ])
      if (!known) throw new Bug('What machine this is cannot be read.')
      const { operatingSystem, processor } = known
      const memory = sources.readMemory(known)
      return {
        operatingSystem,
        processor,
        memory,
        gpus: cards ?? [],
        native: state,
        program: sources.readProgram(),
        folders,
      }
    },
    async recipes() {
      const [state, cards] = await Promise.all([native.get(patienceMilliseconds), gpus.get(patienceMilliseconds)])
      return recipesOf({ native: state, gpus: cards ?? [], operatingSystem: sources.operatingSystem })
    },
    async supportedArchitectures() {
      const state = await native.get(longPatienceMilliseconds)
      return state.state === 'ready' ? new Set(state.report.architectures) : undefined
    },
    deviceMemory: () => (native.value.state === 'ready' ? native.value.report.deviceMemory : undefined),
    refreshDeviceMemory() {
      if (native.value.state === 'ready' && native.value.report.deviceMemory) native.refresh()
    },
  }
}

function failureOf(error: unknown): NativeState {
  const remedy = error instanceof NativeProblem ? error.remedy : undefined
  return { state: 'failed', problem: messageOf(error), ...(remedy && { remedy }) }
}

/** A report is good for as long as the program runs; a failure is looked into again when somebody asks later. */
function keepNative(probe: SystemSources['probe'], now: () => number) {
  let last: NativeState = { state: 'reading' }
  let failedAt = Number.POSITIVE_INFINITY
  const kept = keep({
    maxAgeMilliseconds: Number.POSITIVE_INFINITY,
    now,
    async read() {
      try {
        last = { state: 'ready', report: await probe() }
        failedAt = Number.POSITIVE_INFINITY
      } catch (error) {
        // A GPU that was there a moment ago is better knowledge than none.
        if (last.state !== 'ready') last = failureOf(error)
        failedAt = now()
      }
      return last
    },
  })
  return {
    async get(patience: number): Promise<NativeState> {
      if (now() - failedAt > failedProbeAgeMilliseconds) {
        failedAt = now()
        kept.refresh()
      }
      return (await kept.get(patience)) ?? last
    },
    get value() {
      return last
    },
    refresh: () => kept.refresh(),
  }
}
