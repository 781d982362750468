import { writeSync } from 'node:fs'
import process from 'node:process'
import { readEnvironment } from './config/environment.ts'
import { messageOf } from './core/errors.ts'
import { readMachine } from './platform/machine.ts'
import { type NativeLibraryRequest, nativeLibraryFolder } from './platform/native-libraries.ts'
import type { ProbeAnswer } from './platform/native-probe.ts'
import { runChild } from './runtimes/isolated/child.ts'
import { createLlamaCppRuntime, type LlamaCppRuntimeOptions } from './runtimes/llama-cpp/llama-cpp-runtime.ts'
import { probeLibraries } from './runtimes/llama-cpp/probe.ts'

/** The life of a process that tells what the native libraries are: `hearth runtime llama-cpp --probe`. Ends the process. */
export async function runProbeProcess(): Promise<void> {
  const tell = (answer: ProbeAnswer) => writeSync(1, `${JSON.stringify(answer)}\n`)
  try {
    const libraries = await nativeLibraryFolder(libraryRequest())
    const onStep = (step: string) => writeSync(2, `${step}\n`)
    tell({ type: 'report', report: await probeLibraries({ libraries, onStep }) })
  } catch (error) {
    tell({ type: 'failure', problem: messageOf(error) })
  }
  // At once, without destructors: a driver may take its time over them.
  process.exit(0)
}

/** The life of a process that runs one model: `hearth runtime llama-cpp`. Ends with the process. */
export function runModelProcess(switches: Pick<LlamaCppRuntimeOptions, 'predictsForcedText'> = {}): void {
  runChild((onLog, channel) =>
    createLlamaCppRuntime({
      libraries: () => nativeLibraryFolder(libraryRequest()),
      machine: readMachine,
      onLog,
      beforeDecode: channel.flush,
      knocks: channel.knocks,
      ...switches,
    }),
  )
}

function libraryRequest(): NativeLibraryRequest {
  const { dataFolder, nativeFolder } = readEnvironment()
  return { dataFolder, ...(nativeFolder && { nativeFolder }) }
}
