import { composeRuntime } from '../../src/compose-runtime.ts'
import { type Environment, readEnvironment } from '../../src/config/environment.ts'
import type { LoadOptions, ModelEntry } from '../../src/core/model.ts'
import { readHeader } from '../../src/models/gguf/read-header.ts'
import type { Log } from '../../src/observe/log.ts'
import { nativeLibraryFolder } from '../../src/platform/native-libraries.ts'

const silent: Log = { debug() {}, info() {}, warn() {}, error() {} }

/** The runtime as a server has it: llama.cpp in child processes. */
export const realRuntime = (changes: Partial<Environment> = {}, log: Log = silent) =>
  composeRuntime({ environment: { ...readEnvironment(), ...changes }, log })

/** The folder of the libraries as node-llama-cpp ships them: with it as `nativeFolder` our own native step is not found. */
export const librariesWithoutStep = async (): Promise<string> =>
  (await nativeLibraryFolder({ dataFolder: readEnvironment().dataFolder })).folder

interface RealEntryOptions {
  readonly path: string
  readonly kind: ModelEntry['kind']
  readonly load?: Partial<LoadOptions>
}

/** An entry for a file as it is, with 4 slots of 1,024 tokens unless told otherwise. */
export async function realEntry({ path, kind, load }: RealEntryOptions): Promise<ModelEntry> {
  return {
    id: `real-${kind}`,
    aliases: [],
    kind,
    format: 'gguf',
    path,
    fileBytes: 0,
    createdSeconds: 0,
    header: await readHeader(path),
    load: { contextSize: 1024, gpuLayers: -1, slots: 4, threads: 'auto', ...load },
    defaults: { temperature: 0.8, topP: 0.95, topK: 40, minP: 0.05 },
  }
}
