import { firstPartOf, isLaterPart, nameOfFile, partsOf } from '../model-file.ts'
import { isSameQuantisation, quantisationOfName } from '../quantisation-name.ts'
import type { HubFile } from './hub-repository.ts'
import { pathProblem } from './safe-path.ts'

/** A model in a repository: one file, or all the parts of one that is split. */
export interface RepositoryModel {
  /** In order. */
  readonly files: readonly HubFile[]
  /** By the names of its files, in capitals. */
  readonly quantisation?: string
  readonly sizeBytes: number
}

/** The models of a repository. Readers of images, matrices of importance and the like are files, and no models. */
export function modelsOf(files: readonly HubFile[]): readonly RepositoryModel[] {
  return files.filter(({ path }) => isModelFile(path)).flatMap((file) => modelFrom(file, files) ?? [])
}

/** The model whose first file that is; also one that `modelsOf` leaves out. Undefined where parts of it are missing. */
export function modelFrom(first: HubFile, files: readonly HubFile[]): RepositoryModel | undefined {
  const parts = repositoryParts(first.path).map((path) => files.find((file) => file.path === path))
  const whole = parts.filter((part) => part !== undefined)
  if (whole.length < parts.length) return undefined
  const quantisation = quantisationOfName(first.path)
  const sizeBytes = whole.reduce((sum, { sizeBytes: bytes }) => sum + bytes, 0)
  return { files: whole, sizeBytes, ...(quantisation !== undefined && { quantisation }) }
}

/** The file of that path; or the only one of that name, wherever it lies. Of a split model any part means the first. */
export function fileNamed(path: string, files: readonly HubFile[]): HubFile | undefined {
  const exact = files.find((file) => file.path === path)
  const named = files.filter((file) => !path.includes('/') && file.path.split('/').at(-1) === path)
  const found = exact ?? (named.length === 1 ? named[0] : undefined)
  return found && files.find((file) => file.path === firstPartOf(found.path))
}

/** Those of that quantisation. `Q4_K_XL` means `UD-Q4_K_XL` too where there is no other. */
export function modelsWith(quantisation: string, models: readonly RepositoryModel[]): readonly RepositoryModel[] {
  const exact = models.filter((model) => model.quantisation === quantisation)
  if (exact.length > 0) return exact
  return models.filter((model) => model.quantisation && isSameQuantisation(model.quantisation, quantisation))
}

function isModelFile(path: string): boolean {
  const name = path.split('/').at(-1) ?? ''
  if (!/\.gguf$/i.test(name) || isLaterPart(name) || pathProblem(path.split('/')) !== undefined) return false
  // Draft models that belong to one model are named so by llama.cpp; `MTP` in capitals is part of a model's own name.
  if (/(?:^|[-._])(?:mtp|eagle3|dflash|dspark)-/.test(name)) return false
  return !/(?:^|[-._])(?:mmproj|imatrix|vocab)(?:[-._]|$)/i.test(nameOfFile(name))
}

/** Repositories have slashes on every system. */
const repositoryParts = (path: string) => partsOf(path).map((part) => part.replaceAll('\\', '/'))
