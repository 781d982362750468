import type { GenerationDefaults, LoadOptions, ModelStore } from '../../core/model.ts'
import type { ModelProblem } from '../registry.ts'

/** A file that may be a model, and how it can be called. Nothing of it has been read yet. */
export interface FoundModel {
  /** Absolute path of its first file. */
  readonly path: string
  /** What it is called where no other model has that name: the file's name without `.gguf`, or what its store calls it. */
  readonly name: string
  /** What it is called otherwise: a name that says where it lies, which no other model can have. */
  readonly longName: string
  /** Other names, which give way to those of everything else. */
  readonly aliases?: readonly string[]
  /** On Hugging Face, as `user/repository`, with the path of the file in it; where the folders tell. */
  readonly repository?: { readonly name: string; readonly file: string }
  /** Absent: a models folder. */
  readonly store?: ModelStore
  /** The folder in which it was found. */
  readonly root: string
  /** What its store says about how it is to run. */
  readonly load?: Partial<LoadOptions>
  readonly defaults?: Partial<GenerationDefaults>
  /** What its store keeps with it and is not used here, a sentence each. */
  readonly notes?: readonly string[]
  /** Why it cannot be used, where that is known without its file. */
  readonly problem?: string
}

/** What a look into a folder or a store came to. It never fails: what cannot be read is a problem among the others. */
export interface FoundModels {
  readonly models: readonly FoundModel[]
  readonly problems: readonly ModelProblem[]
}

/** A place where models of other programs, or more models, may be. */
export interface ModelSource {
  /** Looks anew; cheap where nothing has changed. Never rejects. */
  find(): Promise<FoundModels>
}

/** A folder that nobody can look into: no model is missed by its name, but all that are in it. */
export const folderProblem = (path: string, problem: string): ModelProblem => ({
  id: path,
  path,
  problem,
  isFolder: true,
})

/** Why a folder or a file cannot be read, as a clause. */
export function readProblem(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException
  if (code === 'ENOENT') return 'it is not there'
  if (code === 'ENOTDIR') return 'it is a file'
  if (code === 'EACCES' || code === 'EPERM') return `this server may not read it (${code})`
  return `it cannot be read (${code ?? message})`
}

/** Whether an error says that there is nothing. */
export const isMissing = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === 'ENOENT'
