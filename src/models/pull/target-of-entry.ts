import type { CatalogEntry, ModelSource } from '../catalog/catalog-entry.ts'
import type { Environment } from './environment.ts'
import { hubFileOf } from './hugging-face.ts'
import type { PullTarget, TargetSource } from './target.ts'

/** The file of a model of the catalog. */
export function targetOfEntry(entry: CatalogEntry, environment: Environment): PullTarget {
  const { id, file, sha256, licence } = entry
  return {
    name: id,
    modelId: id,
    resolved: id,
    pinned: id,
    files: [file],
    sources: entry.sources.map((source) => sourceOf(source, entry, environment)),
    ...(sha256 && { sha256 }),
    ...(licence && { licence }),
  }
}

function sourceOf(source: ModelSource, { sha256, sizeBytes }: CatalogEntry, environment: Environment): TargetSource {
  if (source.type === 'python-package') return { type: 'python-package', source }
  const file = hubFileOf({ ...source, ...(sha256 && !source.sha256 && { sha256 }) }, environment)
  return { type: 'remote', files: [{ ...file, ...(sizeBytes !== undefined && { aboutBytes: sizeBytes }) }] }
}
