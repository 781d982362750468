import { writeSync } from 'node:fs'
import process from 'node:process'
import { runtimeSearch } from './compose-cuda.ts'
import { readEnvironment } from './config/environment.ts'
import { messageOf, ServerError } from './core/errors.ts'
import type { CudaPlan } from './platform/cuda/cuda-plan.ts'
import { carriedMajors, lookForCuda } from './platform/cuda/look-for-cuda.ts'
import { readMachine } from './platform/machine.ts'
import {
  cudaLibraries,
  type NativeLibraries,
  type NativeLibraryRequest,
  nativeLibraryFolder,
} from './platform/native-libraries.ts'
import type { ProbeAnswer } from './platform/native-probe.ts'
import { runChild } from './runtimes/isolated/child.ts'
import { createLlamaCppRuntime, type LlamaCppRuntimeOptions } from './runtimes/llama-cpp/llama-cpp-runtime.ts'
import { probeLibraries } from './runtimes/llama-cpp/probe.ts'

/** The life of a process that tells what the native libraries are: `hearth runtime llama-cpp --probe`. Ends the process. */
export async function runProbeProcess(): Promise<void> {
  const tell = (answer: ProbeAnswer) => writeSync(1, `${JSON.stringify(answer)}\n`)
  try {
    const onStep = (step: string) => writeSync(2, `${step}\n`)
    const libraries = await findLibraries(onStep)
    tell({ type: 'report', report: await probeLibraries({ libraries, onStep }) })
  } catch (error) {
    tell(failureOf(error))
  }
  // At once, without destructors: a driver may take its time over them.
  process.exit(0)
}

function failureOf(error: unknown): ProbeAnswer {
  if (!(error instanceof ServerError) || error.code !== 'native_libraries_unusable')
    return { type: 'failure', problem: messageOf(error) }
  return { type: 'failure', ...(error as ServerError<'native_libraries_unusable'>).facts }
}

/** The life of a process that runs one model: `hearth runtime llama-cpp`. Ends with the process. */
export function runModelProcess(
  switches: Pick<LlamaCppRuntimeOptions, 'predictsForcedText' | 'requiresGpu'> = {},
): void {
  runChild((onLog, channel) =>
    createLlamaCppRuntime({
      libraries: () => findLibraries(),
      machine: readMachine,
      onLog,
      beforeDecode: channel.flush,
      knocks: channel.knocks,
      ...switches,
    }),
  )
}

/** The libraries, and, where they are for CUDA, what of it there is: only then driver and GPUs are looked for. */
async function findLibraries(onStep: (step: string) => void = () => {}): Promise<FoundLibraries> {
  const environment = readEnvironment()
  const { dataFolder, nativeFolder } = environment
  const request: NativeLibraryRequest = { dataFolder, ...(nativeFolder && { nativeFolder }) }
  const source = cudaLibraries(request)
  if (source === undefined) return await nativeLibraryFolder(request)
  onStep('asking the NVIDIA driver for the GPUs')
  const { plan } = await lookForCuda({ search: runtimeSearch(environment), carried: carriedMajors(source) })
  const needsFallback = plan.type === 'use' && plan.major === 12
  const libraries = await nativeLibraryFolder({ ...request, parts: needsFallback ? ['cuda-12'] : [] })
  return { ...libraries, cuda: plan }
}

type FoundLibraries = NativeLibraries & { readonly cuda?: CudaPlan }
