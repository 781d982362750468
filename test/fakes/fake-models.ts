import { ServerError } from '../../src/core/errors.ts'
import type { ModelEntry, ModelKind } from '../../src/core/model.ts'
import type { ModelRegistry } from '../../src/models/registry.ts'

/** An entry for the fake runtime: a chat model of 64 MB with 4 slots of 256 tokens unless told otherwise. */
export function fakeEntry(entry: Partial<ModelEntry> & { readonly id: string }): ModelEntry {
  return {
    aliases: [],
    kind: 'chat',
    format: 'fake',
    path: '',
    fileBytes: 64_000_000,
    createdSeconds: 1_730_000_000,
    header: { architecture: 'fake', tensorBytes: 64_000_000 },
    load: { contextSize: 256, gpuLayers: 0, slots: 4, threads: 1 },
    defaults: { temperature: 0.8, topP: 0.95, topK: 40, minP: 0.05 },
    ...entry,
  }
}

/** The names of the default models, so that the published examples work against a real server too. */
export const defaultEntries: readonly ModelEntry[] = [
  fakeEntry({
    id: 'smollm2-135m-instruct',
    aliases: ['smollm2'],
    fileBytes: 98_000_000,
    header: { architecture: 'fake', tensorBytes: 98_000_000, trainedContextSize: 8192, quantisation: 'Q4_1' },
  }),
  fakeEntry({
    id: 'all-minilm-l6-v2',
    aliases: ['minilm'],
    kind: 'embedding',
    fileBytes: 46_000_000,
    header: {
      architecture: 'fake',
      tensorBytes: 46_000_000,
      trainedContextSize: 512,
      quantisation: 'F16',
      embeddingSize: 8,
    },
  }),
]

/** A registry of these entries. `hidden` ones can be found and are not listed; the first of a kind is its default. */
export function fakeRegistry(listed: readonly ModelEntry[], hidden: readonly ModelEntry[] = []): ModelRegistry {
  const all = [...listed, ...hidden]
  return {
    list: async () => listed,
    async find(name: string | undefined, kind: ModelKind) {
      const found =
        name === undefined
          ? listed.find((entry) => entry.kind === kind)
          : all.find((entry) => entry.id === name || entry.aliases.includes(name))
      if (found) return found
      if (name === 'catalogued') throw new ServerError('model_not_installed', { param: 'model', model: name })
      // As the real one does for a default of the catalog whose file is not there.
      if (name === undefined) throw new ServerError('model_not_installed', { param: 'model', model: `default-${kind}` })
      throw new ServerError('model_not_found', { param: 'model', model: name })
    },
    problems: async () => [
      { id: 'truncated', path: '/models/truncated.gguf', problem: 'The file ends in the middle of its header.' },
    ],
  }
}
