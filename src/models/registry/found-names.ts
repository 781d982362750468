import { join } from 'node:path'
import { findInCatalog } from '../catalog/catalog.ts'
import type { CatalogEntry } from '../catalog/catalog-entry.ts'
import type { FoundModel } from '../stores/found-model.ts'
import { looseName, plainNames } from './name-table.ts'
import type { RegistryOptions } from './registry-options.ts'
import { repositoryNames } from './repository-names.ts'

/** Where a model is, and what was found there. */
export interface Place {
  /** Absolute. */
  readonly path: string
  readonly model: FoundModel | undefined
}

/** What was found on the disk, by every name that a setting may use for it; and which of it the catalog means. */
export class FoundNames {
  readonly models: readonly FoundModel[]
  readonly #options: RegistryOptions
  readonly #byPath = new Map<string, FoundModel>()
  /** By names as they are, and as names are compared. */
  readonly #byName = new Map<string, FoundModel>()
  readonly #entries = new Map<string, CatalogEntry>()
  readonly #paths = new Map<CatalogEntry, string>()

  constructor(models: readonly FoundModel[], options: RegistryOptions) {
    this.models = models
    this.#options = options
    for (const model of models) if (!this.#byPath.has(model.path)) this.#byPath.set(model.path, model)
    this.#addNames(({ name }) => [name])
    this.#addNames(({ longName, aliases = [] }) => [longName, ...aliases])
    for (const [model, names] of repositoryNames(models)) this.#add(names, model)
    for (const entry of options.catalog) this.#place(entry)
  }

  modelAt(path: string): FoundModel | undefined {
    return this.#byPath.get(path)
  }

  /** The entry of the catalog that means the file. */
  entryAt(path: string): CatalogEntry | undefined {
    return this.#entries.get(path)
  }

  /** Where the model of that name is; or would be, in the models folder. */
  placeOf(id: string): Place {
    const entry = findInCatalog(this.#options.catalog, id)
    const model = entry ? undefined : this.#modelOf(id)
    const found = entry ? this.#paths.get(entry) : model?.path
    const path = found ?? join(this.#options.modelsDir, `${id.replace(/\.gguf$/i, '')}.gguf`)
    return { path, model: model ?? this.modelAt(path) }
  }

  #modelOf(id: string): FoundModel | undefined {
    const names = plainNames(id)
    const exact = names.map((name) => this.#byName.get(name))
    return [...exact, ...names.map((name) => this.#byName.get(looseName(name)))].find((model) => model !== undefined)
  }

  #addNames(namesOf: (model: FoundModel) => readonly string[]): void {
    for (const model of this.models) this.#add(namesOf(model), model)
  }

  #add(names: readonly string[], model: FoundModel): void {
    for (const name of names.flatMap((each) => [each, looseName(each)]))
      if (!this.#byName.has(name)) this.#byName.set(name, model)
  }

  /** Its file in the models folder; or the same one of the same repository, wherever another program has put it. */
  #place(entry: CatalogEntry): void {
    const own = join(this.#options.modelsDir, entry.file)
    const isSame = ({ repository }: FoundModel) =>
      entry.sources.some(
        (source) =>
          source.type === 'hugging-face' && repository?.name === source.repository && repository.file === source.file,
      )
    const path = this.#byPath.has(own) ? own : (this.models.find(isSame)?.path ?? own)
    this.#entries.set(path, entry)
    this.#paths.set(entry, path)
  }
}
