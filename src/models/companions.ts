import { stat } from 'node:fs/promises'
import { basename } from 'node:path'
import { ServerError } from '../core/errors.ts'
import type { AdapterOptions, DraftOptions, LoadOptions, ModelEntry, ModelHeader } from '../core/model.ts'
import { HeaderProblem } from './gguf/header-problem.ts'
import { type ModelFileHead, readModelFileHead } from './gguf/read-header.ts'
import type { LoadChange } from './load-change.ts'

/** Files that are loaded with a model: its draft model, and its adapters. */
type Companions = Pick<Partial<LoadOptions>, 'draft' | 'adapters'>

/** Reads the heads of files that are loaded with models, each of them once for as long as it does not change. */
export class CompanionFiles {
  readonly #known = new Map<string, { readonly stamp: string; readonly result: ModelFileHead | HeaderProblem }>()

  /** The entry with what its companions say of themselves. Never rejects: what cannot be read is left as it was. */
  async describe(entry: ModelEntry): Promise<ModelEntry> {
    const { draft, adapters } = entry.load
    if (entry.format !== 'gguf' || (!draft && !adapters?.length)) return entry
    const described = await this.#describe({ ...(draft && { draft }), ...(adapters && { adapters }) })
    return { ...entry, load: { ...entry.load, ...described } }
  }

  async #describe({ draft, adapters }: Companions): Promise<Companions> {
    const read = await Promise.all((adapters ?? []).map((adapter) => this.#adapter(adapter)))
    return { ...(draft && { draft: await this.#draft(draft) }), ...(adapters && { adapters: read }) }
  }

  async #draft(draft: DraftOptions): Promise<DraftOptions> {
    const head = await this.#read(draft.path)
    return head instanceof HeaderProblem ? draft : { ...draft, header: withoutTemplate(head.header) }
  }

  async #adapter(adapter: AdapterOptions): Promise<AdapterOptions> {
    const head = await this.#read(adapter.path)
    return head instanceof HeaderProblem ? adapter : { ...adapter, tensorBytes: head.header.tensorBytes }
  }

  async #read(path: string): Promise<ModelFileHead | HeaderProblem> {
    const stamp = await stat(path).then(
      ({ size, mtimeMs, ino }) => `${size} ${mtimeMs} ${ino}`,
      () => 'none',
    )
    const known = this.#known.get(path)
    if (known?.stamp === stamp) return known.result
    const result = await headOf(path)
    this.#known.set(path, { stamp, result })
    return result
  }
}

/**
 * What is asked of a model with what the files that it names say of themselves, before anything is loaded: a draft model
 * that is asked for by name is required. Rejects with `model_unusable` for a file that is missing, broken, of the wrong
 * kind, or made for another model, as far as heads tell.
 */
export async function checkCompanions(change: LoadChange, entry: ModelEntry): Promise<LoadChange> {
  if (entry.format !== 'gguf') return change
  const { draft, adapters } = change
  const checked = await Promise.all((adapters ?? []).map((adapter) => checkAdapter(adapter, entry)))
  return {
    ...change,
    ...(draft && { draft: await checkDraft(draft, entry) }),
    ...(adapters && { adapters: checked }),
  }
}

/** llama.cpp lets the vocabularies of a model and its draft differ by so many tokens at their ends. */
const vocabularySlack = 128

async function checkDraft(draft: DraftOptions, entry: ModelEntry): Promise<DraftOptions> {
  const refuse = refusal(entry, `the draft model ${basename(draft.path)}`)
  const head = await headOf(draft.path)
  if (head instanceof HeaderProblem) throw refuse(head.message)
  if (head.role !== 'model') throw refuse(`it is ${roleNames[head.role]}`)
  const [own, its] = [entry.header.vocabularySize, head.header.vocabularySize]
  if (own !== undefined && its !== undefined && Math.abs(own - its) > vocabularySlack)
    throw refuse(`it has another vocabulary, of ${its} tokens in place of ${own}`)
  return { ...draft, header: withoutTemplate(head.header), isRequired: true }
}

async function checkAdapter(adapter: AdapterOptions, entry: ModelEntry): Promise<AdapterOptions> {
  const refuse = refusal(entry, `the adapter ${basename(adapter.path)}`)
  const head = await headOf(adapter.path)
  if (head instanceof HeaderProblem) throw refuse(head.message)
  if (head.role !== 'adapter') throw refuse(`it is ${roleNames[head.role]}, and no LoRA adapter`)
  const { architecture, tensorBytes } = head.header
  if (architecture !== entry.header.architecture)
    throw refuse(
      `it was made for another model, of the family '${architecture}' in place of '${entry.header.architecture}'`,
    )
  return { ...adapter, tensorBytes }
}

const roleNames = {
  model: 'a model',
  adapter: 'a LoRA adapter',
  projector: 'the image reader of another model',
} as const

const refusal = (entry: ModelEntry, file: string) => (problem: string) =>
  new ServerError('model_unusable', { model: entry.id, problem: `${file}: ${problem}` })

/** Nobody asks a draft model for its template, which may be long. */
function withoutTemplate({ chatTemplate: _, rerankTemplate: __, ...header }: ModelHeader): ModelHeader {
  return header
}

const headOf = (path: string): Promise<ModelFileHead | HeaderProblem> =>
  readModelFileHead(path).catch((error: unknown) => {
    if (error instanceof HeaderProblem) return error
    return new HeaderProblem('unreadable', `it cannot be read (${(error as Error).message})`, { cause: error })
  })
