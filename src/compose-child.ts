import { readEnvironment } from './config/environment.ts'
import { readMachine } from './platform/machine.ts'
import { nativeLibraryFolder } from './platform/native-libraries.ts'
import { runChild } from './runtimes/isolated/child.ts'
import { createLlamaCppRuntime, type LlamaCppRuntimeOptions } from './runtimes/llama-cpp/llama-cpp-runtime.ts'

/** The life of a process that runs one model: `hearth runtime llama-cpp`. Ends with the process. */
export function runModelProcess(switches: Pick<LlamaCppRuntimeOptions, 'predictsForcedText'> = {}): void {
  const { dataFolder, nativeFolder } = readEnvironment()
  runChild((onLog, channel) =>
    createLlamaCppRuntime({
      libraries: () => nativeLibraryFolder({ dataFolder, ...(nativeFolder && { nativeFolder }) }),
      machine: readMachine,
      onLog,
      beforeDecode: channel.flush,
      knocks: channel.knocks,
      ...switches,
    }),
  )
}
