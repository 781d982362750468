import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { ServerError } from '../../core/errors.ts'
import type { CatalogEntry } from '../catalog/catalog-entry.ts'
import { type GgufValue, writeGguf } from '../gguf/write-gguf.ts'
import type { ModelChanges, ModelRegistry } from '../registry.ts'
import { modelSources, type SourcesCall } from '../stores/model-sources.ts'
import { createRegistry } from './create-registry.ts'
import type { RegistryOptions } from './registry-options.ts'

/** A home with a models folder in it, for one test. */
export interface Home extends AsyncDisposable {
  readonly path: string
  readonly modelsDir: string
  /** Lines of the log, with their level in front. */
  readonly log: string[]
  /** Writes a model that differs from all others in its name, and the folders above it; answers the path. */
  write(path: string, change?: Record<string, GgufValue>): Promise<string>
  /** A registry over all stores of this home. */
  registry(options?: Partial<RegistryOptions>, sources?: Partial<SourcesCall>): ModelRegistry & ModelChanges
}

export const catalog: readonly CatalogEntry[] = [
  {
    id: 'tiny-chat',
    kind: 'chat',
    file: 'Tiny.Q8_0.gguf',
    sources: [{ type: 'hugging-face', repository: 'tiny/Tiny-GGUF', file: 'Tiny.Q8_0.gguf' }],
  },
  { id: 'tiny-vectors', kind: 'embedding', file: 'Vectors.gguf', sources: [] },
]

export const registryDefaults: RegistryOptions['defaults'] = {
  chat: { id: 'tiny-chat', kind: 'chat' },
  embedding: { id: 'tiny-vectors', kind: 'embedding' },
  load: { contextSize: 'auto', gpuLayers: -1, slots: 'auto', threads: 'auto' },
  generation: { temperature: 0.8, topP: 0.95, topK: 40, minP: 0.05 },
}

export async function makeHome(): Promise<Home> {
  const path = await mkdtemp(join(tmpdir(), 'hearth-home-'))
  const modelsDir = join(path, 'own')
  const log: string[] = []
  const from = (call: Partial<SourcesCall>) =>
    modelSources({
      folders: [],
      huggingFaceCache: true,
      ollamaModels: true,
      lmStudioModels: true,
      // A home on Linux would have the folders of Ollama as a service beside it.
      variables: { OLLAMA_MODELS: join(path, '.ollama', 'models') },
      home: path,
      currentFolder: path,
      platform: 'linux',
      ...call,
    })
  return {
    path,
    modelsDir,
    log,
    write: (file, change) => writeModel(join(path, file), change),
    registry: (options = {}, sources = {}) =>
      createRegistry({
        modelsDir,
        settings: [],
        catalog,
        sources: from(sources),
        defaults: registryDefaults,
        log: { info: (text) => log.push(`info ${text}`), warn: (text) => log.push(`warn ${text}`) },
        ...options,
      }),
    [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }),
  }
}

/** No two have the same size, so that a copy can be told from another model. */
let written = 0

/** Writes a small model, and the folders above it; answers its path. */
export async function writeModel(path: string, change: Record<string, GgufValue> = {}): Promise<string> {
  written += 1
  await mkdir(dirname(path), { recursive: true })
  await writeGguf(path, {
    metadata: {
      'general.architecture': { type: 'string', value: 'llama' },
      'general.name': { type: 'string', value: 'x'.repeat(written * 32) },
      ...change,
    },
    tensors: [{ name: 'a', type: 'F32', dimensions: [32], data: async () => new Uint8Array(128) }],
  })
  return path
}

/** What a call was refused with. */
export const refusalOf = (call: Promise<unknown>): Promise<ServerError> =>
  call.then(
    () => {
      throw new Error('It was not refused.')
    },
    (error) => error,
  )
