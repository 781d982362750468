import { ServerError } from '../../core/errors.ts'
import type { ModelEntry, ModelKind, ModelSetting } from '../../core/model.ts'
import { findInCatalog } from '../catalog/catalog.ts'
import { ModelFiles, nameOfFile } from '../model-file.ts'
import type { ModelProblem, ModelRegistry } from '../registry.ts'
import type { RegistryOptions } from './registry-options.ts'
import { type Snapshot, takeSnapshot } from './snapshot.ts'

/** So long a model that was found is believed to be there: looking takes half a millisecond and two threads of the pool. */
const believedMilliseconds = 1000

/**
 * The models of the settings, of the catalog as far as their files are there, and every other GGUF file in the models
 * folder. It looks at the disk anew for lists and for names that it does not know, so that a file that was put there can
 * be used at once; for names that it knows once a second, so that another file of that name is noticed a second later.
 * Heads are read again only when their files change.
 */
export function createRegistry(options: RegistryOptions): ModelRegistry {
  const { look, believed } = looker(options)
  return {
    async list() {
      const snapshot = await look()
      const [chat, embedding] = [defaultOf(snapshot, options, 'chat'), defaultOf(snapshot, options, 'embedding')]
      const rank = (entry: ModelEntry) => (entry === chat ? 0 : entry === embedding ? 1 : 2)
      return snapshot.entries.toSorted((left, right) => rank(left) - rank(right) || (left.id < right.id ? -1 : 1))
    },
    async find(name, kind) {
      const entryIn = (snapshot: Snapshot) =>
        name === undefined ? defaultOf(snapshot, options, kind) : entryOf(snapshot, name)
      const recent = believed()
      const known = recent && entryIn(recent)
      if (known) return known
      const snapshot = await look()
      const entry = entryIn(snapshot)
      if (entry) return entry
      throw explain(name ?? defaultNameOf(options, kind), snapshot, options)
    },
    async problems() {
      return (await look()).problems
    },
  }
}

/** Looks at the disk, once for all who ask meanwhile, and remembers for a moment what it saw. */
function looker(options: RegistryOptions) {
  const { now = () => performance.now() } = options
  const files = new ModelFiles()
  const reported = new Set<string>()
  let running: Promise<Snapshot> | undefined
  let last: { readonly snapshot: Snapshot; readonly lookedAt: number } | undefined
  const lookNow = async (): Promise<Snapshot> => {
    const lookedAt = now()
    const snapshot = await takeSnapshot(options, files)
    reportNew(snapshot.problems, reported, options)
    last = { snapshot, lookedAt }
    return snapshot
  }
  return {
    look(): Promise<Snapshot> {
      running ??= lookNow().finally(() => {
        running = undefined
      })
      return running
    },
    believed: (): Snapshot | undefined =>
      last && now() - last.lookedAt < believedMilliseconds ? last.snapshot : undefined,
  }
}

function entryOf({ entries, names }: Snapshot, name: string): ModelEntry | undefined {
  const id = names.idOf(name)
  return entries.find((entry) => entry.id === id)
}

/** Nobody has to say which reranker is meant where there is one. */
function defaultOf(snapshot: Snapshot, options: RegistryOptions, kind: ModelKind): ModelEntry | undefined {
  if (kind !== 'reranker') return settingOf(snapshot, options.defaults[kind])
  const rerankers = snapshot.entries.filter((entry) => entry.kind === kind)
  return rerankers.toSorted((left, right) => (left.id < right.id ? -1 : 1))[0]
}

function settingOf(snapshot: Snapshot, setting: ModelSetting): ModelEntry | undefined {
  const { path } = setting
  const entry = path === undefined ? undefined : snapshot.entries.find((each) => each.path === path)
  return entry ?? entryOf(snapshot, nameOf(setting))
}

const nameOf = ({ id, path }: ModelSetting): string => id ?? nameOfFile(path ?? '')

const defaultNameOf = ({ defaults }: RegistryOptions, kind: ModelKind): string =>
  kind === 'reranker' ? kind : nameOf(defaults[kind])

function explain(name: string, snapshot: Snapshot, { catalog }: RegistryOptions): ServerError {
  const { names, problems, notInstalled } = snapshot
  const entry = findInCatalog(catalog, name)
  const plain = (text: string) => text.toLowerCase().replace(/\.gguf$/, '')
  const found = problems.find(({ id }) => plain(id) === plain(name))
  if (entry && (found === undefined || notInstalled.has(found.id)))
    return new ServerError('model_not_installed', { param: 'model', model: entry.id })
  if (found) return new ServerError('model_load_failed', { model: found.id, problem: found.problem })
  const near = names.nearest(name)
  return new ServerError('model_not_found', {
    param: 'model',
    model: shorten(name),
    ...(near !== undefined && { near }),
  })
}

function reportNew(problems: readonly ModelProblem[], reported: Set<string>, { log }: RegistryOptions): void {
  for (const { id, path, problem } of problems) {
    const key = `${path}: ${problem}`
    if (reported.has(key)) continue
    reported.add(key)
    log.warn(`The model '${id}' cannot be used: ${problem}.`, { path })
  }
}

/** Enough of a name to recognise it: a client may send megabytes. */
const shorten = (name: string) => (name.length > 200 ? `${name.slice(0, 200)}…` : name)
