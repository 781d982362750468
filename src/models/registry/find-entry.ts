import { ServerError } from '../../core/errors.ts'
import type { ModelEntry, ModelKind, ModelSetting } from '../../core/model.ts'
import { findInCatalog } from '../catalog/catalog.ts'
import type { CatalogEntry } from '../catalog/catalog-entry.ts'
import { nameOfFile } from '../model-file.ts'
import { nearNames } from '../near-names.ts'
import type { Snapshot } from './build-snapshot.ts'
import { looseName, plainNames } from './name-table.ts'
import type { RegistryOptions } from './registry-options.ts'

/** The entry of any of its names. Names are never taken for paths. */
export function entryOf({ entries, names }: Snapshot, name: string): ModelEntry | undefined {
  const id = names.idOf(name)
  return id === undefined ? undefined : entries.get(id)
}

/** The default model of a kind as it is configured. Nobody has to say which reranker is meant where there is one. */
export function defaultOf(snapshot: Snapshot, options: RegistryOptions, kind: ModelKind): ModelEntry | undefined {
  if (kind !== 'reranker') return settingOf(snapshot, options.defaults[kind])
  const rerankers = [...snapshot.entries.values()].filter((entry) => entry.kind === kind)
  return rerankers.toSorted((left, right) => (left.id < right.id ? -1 : 1))[0]
}

function settingOf(snapshot: Snapshot, setting: ModelSetting): ModelEntry | undefined {
  const { path } = setting
  const entry = path === undefined ? undefined : [...snapshot.entries.values()].find((each) => each.path === path)
  return entry ?? entryOf(snapshot, nameOf(setting))
}

const nameOf = ({ id, path }: ModelSetting): string => id ?? nameOfFile(path ?? '')

/** What a request without a name asks for. */
export const defaultNameOf = ({ defaults }: RegistryOptions, kind: ModelKind): string =>
  kind === 'reranker' ? kind : nameOf(defaults[kind])

/** The id of the model of that name that is there and cannot be used. */
export function unusableId({ problems }: Snapshot, name: string): string | undefined {
  if (name.length > 1000) return undefined
  const names = new Set(plainNames(name).map(looseName))
  return problems.find(({ id, isFolder }) => !isFolder && (names.has(looseName(id)) || names.has(plainId(id))))?.id
}

const plainId = (id: string) => looseName(id).replace(/\.gguf$/, '')

/** Why there is no usable model of that name, and what to do. */
export function explain(name: string, snapshot: Snapshot, catalog: readonly CatalogEntry[]): ServerError {
  const { names, problems, notInstalled } = snapshot
  const entry = findInCatalog(catalog, name)
  const unusable = unusableId(snapshot, name)
  const found = problems.find(({ id }) => id === unusable)
  if (entry && (found === undefined || notInstalled.has(found.id)))
    return new ServerError('model_not_installed', { param: 'model', model: entry.id })
  if (found) return new ServerError('model_unusable', { param: 'model', model: found.id, problem: found.problem })
  // What cannot be used, and what can be fetched, is told where nothing that can be used is near: then that is said of it.
  const others = new Set([...problems.filter(({ isFolder }) => !isFolder), ...catalog].map(({ id }) => id))
  const near = [
    names.near(name),
    nearNames(
      name,
      [...others].map((id) => [id]),
    ),
  ].find((found) => found.length > 0)
  return new ServerError('model_not_found', {
    param: 'model',
    model: shorten(name),
    ...(near && { near }),
  })
}

/** Enough of a name to recognise it: a client may send megabytes. */
const shorten = (name: string) => (name.length > 200 ? `${name.slice(0, 200)}…` : name)
