import { ServerError } from '../../src/core/errors.ts'
import type { ModelEntry, ModelKind } from '../../src/core/model.ts'
import { RuntimeChanges } from '../../src/models/registry/runtime-changes.ts'
import type { ModelChanges, ModelRegistry, RegisteredModel } from '../../src/models/registry.ts'

const fakeDefaults = { temperature: 0.8, topP: 0.95, topK: 40, minP: 0.05 } as const

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
    defaults: fakeDefaults,
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

/**
 * A registry of these entries. `hidden` ones can be found and are not listed; the first of a kind is its default. What is
 * changed lasts as long as the registry. `catalogued` is a model of the catalog that is not here, `truncated` one that cannot
 * be used, `foreign` belongs to another program.
 */
export function fakeRegistry(
  listed: readonly ModelEntry[],
  hidden: readonly ModelEntry[] = [],
): ModelRegistry & ModelChanges {
  const changes = new RuntimeChanges()
  const aliases = new Map<string, string>()
  const removed = new Set<string>()
  const here = (entries: readonly ModelEntry[]) =>
    entries
      .filter(({ id }) => !removed.has(id))
      .map((entry) => ({ ...changes.apply(entry), aliases: [...entry.aliases, ...aliasesOf(aliases, entry.id)] }))
  const entryOf = (name: string | undefined, kind: ModelKind) => {
    if (name !== undefined) return here([...listed, ...hidden]).find((entry) => hasName(entry, name))
    const ofKind = here(listed).filter((entry) => entry.kind === kind)
    return ofKind.find(({ id }) => id === changes.selected(kind)) ?? ofKind[0]
  }
  const find = async (name: string | undefined, kind: ModelKind = 'chat') => {
    const found = entryOf(name, kind)
    if (found) return found
    if (name === truncated.id)
      throw new ServerError('model_unusable', {
        param: 'model',
        model: name,
        problem: truncated.problem.replace(/\.$/, ''),
      })
    if (name === 'catalogued') throw new ServerError('model_not_installed', { param: 'model', model: name })
    // As the real one does for a default of the catalog whose file is not there.
    if (name === undefined) throw new ServerError('model_not_installed', { param: 'model', model: `default-${kind}` })
    throw new ServerError('model_not_found', { param: 'model', model: name })
  }
  return {
    list: async () => here(listed),
    configured: async () => listed.filter(({ id }) => !removed.has(id)),
    find,
    problems: async () => [truncated],
    registered: async () => [...here(listed).map(toRegistered), ...notUsable],
    async configure(name, change) {
      changes.configure((await find(name)).id, change)
      return find(name)
    },
    async reset(name) {
      changes.reset((await find(name)).id)
      return find(name)
    },
    async configureAll(defaults) {
      changes.configureAll(defaults)
      return changes.defaultsOver(fakeDefaults)
    },
    async select(name) {
      const entry = await find(name)
      changes.select(entry.kind, entry.id)
      return entry
    },
    async addAlias(alias, name) {
      const { id } = await find(name)
      const owner = entryOf(alias, 'chat')
      if (owner && owner.id !== id) throw new ServerError('name_taken', { param: 'name', name: alias, model: owner.id })
      aliases.set(alias, id)
      return find(name)
    },
    async removal(name) {
      const { id } = name === 'truncated' ? truncated : await find(name)
      const isNameOnly = aliases.has(name)
      const path = `/models/${id}.gguf`
      if (id === 'foreign' && !isNameOnly)
        throw new ServerError('model_not_ours', { param: 'model', model: id, path, owner: 'Ollama' })
      return { id, isNameOnly }
    },
    async remove(name) {
      const { id } = await this.removal(name)
      if (aliases.delete(name)) return { id, paths: [], freedBytes: 0 }
      const path = `/models/${id}.gguf`
      const { fileBytes } = name === 'truncated' ? { fileBytes: 7 } : await find(name)
      removed.add(id)
      return { id, paths: [path], freedBytes: fileBytes }
    },
    forget: () => {},
  }
}

const truncated = {
  id: 'truncated',
  path: '/models/truncated.gguf',
  problem: 'The file ends in the middle of its header.',
}

const notUsable: readonly RegisteredModel[] = [
  {
    id: truncated.id,
    aliases: [],
    state: 'unusable',
    isCatalogued: false,
    isConfigured: false,
    problem: truncated.problem,
  },
  {
    id: 'catalogued',
    aliases: [],
    kind: 'chat',
    state: 'available',
    isCatalogued: true,
    isConfigured: false,
    sizeBytes: 640_000_000,
    licence: 'apache-2.0',
  },
]

function toRegistered(entry: ModelEntry): RegisteredModel {
  const { id, aliases, kind, fileBytes: sizeBytes } = entry
  return { id, aliases, kind, state: 'installed', isCatalogued: false, isConfigured: false, entry, sizeBytes }
}

const hasName = ({ id, aliases }: ModelEntry, name: string) => id === name || aliases.includes(name)

const aliasesOf = (aliases: ReadonlyMap<string, string>, id: string) =>
  [...aliases].filter(([, owner]) => owner === id).map(([alias]) => alias)
