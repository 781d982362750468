import { readEnvironment } from '../../src/config/environment.ts'
import { readMachine } from '../../src/platform/machine.ts'
import { nativeLibraryFolder } from '../../src/platform/native-libraries.ts'
import { runChild } from '../../src/runtimes/isolated/child.ts'
import { createLlamaCppRuntime } from '../../src/runtimes/llama-cpp/llama-cpp-runtime.ts'

// A child process as a server has it, which takes forced text without sampling or, with the argument `sampled`, does not.
const { dataFolder, nativeFolder } = readEnvironment()
runChild((onLog) =>
  createLlamaCppRuntime({
    libraryFolder: async () => {
      const libraries = await nativeLibraryFolder({ dataFolder, ...(nativeFolder && { nativeFolder }) })
      return libraries.folder
    },
    machine: readMachine,
    onLog,
    predictsForcedText: process.argv[2] !== 'sampled',
  }),
)
