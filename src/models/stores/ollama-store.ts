import { access, readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { messageOf } from '../../core/errors.ts'
import type { ModelProblem } from '../registry.ts'
import {
  type FoundModel,
  type FoundModels,
  folderProblem,
  isMissing,
  type ModelSource,
  readProblem,
} from './found-model.ts'
import { type OllamaManifest, type ParsedParameters, parseManifest, parseParameters } from './ollama-manifest.ts'
import { type OllamaPlace, ollamaNames } from './ollama-names.ts'
import { readSmallFile } from './read-small-file.ts'

const manifestLimit = 10_000

/**
 * Models that Ollama has fetched or made: `manifests/<host>/<namespace>/<model>/<tag>` says of which files in `blobs` a model
 * consists. What newer versions keep in `manifests-v2` goes before it. Of the parts of a model the weights, LoRA adapters and
 * sampling values are used; what else there is, is told in a note: the system prompt, Ollama's own template, the image reader.
 * https://github.com/ollama/ollama/blob/main/manifest/manifest.go
 */
export class OllamaStore implements ModelSource {
  readonly #root: string
  /** By the path of a manifest: it is read again only when it has changed. */
  readonly #known = new Map<string, { readonly stamp: string; readonly model: StoredModel | undefined }>()

  constructor(root: string) {
    this.#root = root
  }

  async find(): Promise<FoundModels> {
    const problems: ModelProblem[] = []
    if (!(await canBeRead(this.#root, problems))) return { models: [], problems }
    const found = new Map<string, FoundModel>()
    for (const folder of ['manifests-v2', 'manifests']) {
      for (const place of await placesIn(join(this.#root, folder), problems)) {
        const { name, fullName, aliases } = ollamaNames(place)
        const model = found.has(fullName) ? undefined : await this.#modelOf(join(this.#root, folder, ...place))
        if (!model) continue
        const { leftOut = [], ...rest } = model
        const notes = leftOut.length === 0 ? {} : { notes: [noteOf(name, leftOut)] }
        found.set(fullName, { name, longName: fullName, aliases, root: this.#root, store: 'ollama', ...notes, ...rest })
      }
    }
    return { models: joinTwins([...found.values()]), problems }
  }

  async #modelOf(manifest: string): Promise<StoredModel | undefined> {
    const stamp = await stat(manifest).then(
      ({ size, mtimeMs, ino }) => `${size} ${mtimeMs} ${ino}`,
      (error: NodeJS.ErrnoException) => `${error.code}`,
    )
    const known = this.#known.get(manifest)
    const model = known?.stamp === stamp ? known.model : await this.#read(manifest)
    this.#known.set(manifest, { stamp, model })
    if (!model || model.problem) return model
    const isPartly = !(await isThere(model.path)) && (await isThere(`${model.path}-partial`))
    return isPartly ? { ...model, problem: 'Ollama has not fetched it whole yet' } : model
  }

  async #read(path: string): Promise<StoredModel | undefined> {
    try {
      const manifest = await this.#manifest(await readSmallFile(path))
      if (manifest.problem) return { path, problem: manifest.problem }
      // One without weights runs on Ollama's own servers.
      return manifest.model === undefined ? undefined : await this.#toModel(manifest, manifest.model)
    } catch (error) {
      return { path, problem: `its manifest cannot be used (${messageOf(error)})` }
    }
  }

  async #manifest(text: string): Promise<OllamaManifest> {
    const manifest = parseManifest(text)
    if (!('reference' in manifest)) return manifest
    const inner = parseManifest(await readSmallFile(this.#blob(manifest.reference)))
    if ('reference' in inner) throw new Error('it is a list of lists')
    return inner
  }

  async #toModel({ params, adapters, leftOut = [] }: OllamaManifest, model: string): Promise<StoredModel> {
    const { used: defaults, leftOut: others } = await this.#parameters(params)
    const load = { adapters: adapters.map((adapter) => ({ path: this.#blob(adapter), scale: 1 })) }
    return {
      path: this.#blob(model),
      ...(Object.keys(defaults).length > 0 && { defaults }),
      ...(adapters.length > 0 && { load }),
      leftOut: [...leftOut, ...others],
    }
  }

  /** A model whose parameters cannot be read runs without them. */
  async #parameters(blob: string | undefined): Promise<ParsedParameters> {
    if (blob === undefined) return { used: {}, leftOut: [] }
    return readSmallFile(this.#blob(blob))
      .then(parseParameters)
      .catch(() => ({ used: {}, leftOut: ['its parameters, which cannot be read'] }))
  }

  #blob(name: string): string {
    return join(this.#root, 'blobs', name)
  }
}

type StoredModel = Pick<FoundModel, 'path' | 'problem' | 'load' | 'defaults'> & { readonly leftOut?: readonly string[] }

const noteOf = (name: string, leftOut: readonly string[]) =>
  `Ollama keeps more with '${name}' than is used here; left out: ${leftOut.join(', ')}.${leftOut.includes('the system prompt') ? ' Send the system prompt as a message.' : ''}`

/** A store that is closed to us is one problem, and not one for each of its folders. */
async function canBeRead(root: string, problems: ModelProblem[]): Promise<boolean> {
  try {
    await readdir(root)
    return true
  } catch (error) {
    if (!isMissing(error)) problems.push(folderProblem(root, readProblem(error)))
    return false
  }
}

/** Every manifest below a folder. */
async function placesIn(folder: string, problems: ModelProblem[]): Promise<readonly OllamaPlace[]> {
  let places: readonly (readonly string[])[] = [[]]
  for (let level = 0; level < 4; level++) {
    const inner: (readonly string[])[] = []
    for (const place of places) {
      for (const name of await namesIn(join(folder, ...place), problems)) inner.push([...place, name])
      if (inner.length > manifestLimit) break
    }
    places = inner
  }
  return places as readonly OllamaPlace[]
}

async function namesIn(folder: string, problems: ModelProblem[]): Promise<readonly string[]> {
  try {
    return (await readdir(folder)).filter((name) => /^[\w-][\w.:-]{0,349}$/.test(name)).sort()
  } catch (error) {
    // What is a file where Ollama has folders is none of its own.
    const isNone = isMissing(error) || (error as NodeJS.ErrnoException).code === 'ENOTDIR'
    if (!isNone) problems.push(folderProblem(folder, readProblem(error)))
    return []
  }
}

const isThere = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  )

/** Several names for the same files, as `ollama cp` makes them, are one model, and loaded once. */
function joinTwins(models: readonly FoundModel[]): readonly FoundModel[] {
  const twins = Map.groupBy(models, ({ path, load, defaults }) => JSON.stringify([path, load, defaults]))
  return [...twins.values()].flatMap(([first, ...others]) => {
    if (!first) return []
    const names = others.flatMap(({ name, aliases = [] }) => [name, ...aliases])
    const notes = [first, ...others].flatMap((each) => each.notes ?? [])
    return [{ ...first, aliases: [...(first.aliases ?? []), ...names], ...(notes.length > 0 && { notes }) }]
  })
}
