import { nearNames } from '../near-names.ts'

const nameLimit = 1000

/**
 * What a name may mean, from what it says to what is left of it without what says no more: `.gguf` behind it, the `:latest`
 * that Ollama's users write, and in front the name of the hub. Names are never taken for paths.
 */
export function plainNames(name: string): readonly string[] {
  const onHub = name.replace(/^(?:hf:(?:\/\/)?|(?:https?:\/\/)?(?:hf\.co|huggingface\.co)\/)/i, '')
  const names = [name, onHub].flatMap((each) => [each, each.replace(/\.gguf$/i, ''), each.replace(/:latest$/i, '')])
  return [...new Set(names)]
}

/**
 * A name as it is compared with others: in any case, and with its accents in one way. Some systems write those of the names of
 * files as characters of their own (NFD), and nobody types them so.
 */
export const looseName = (name: string): string => name.normalize('NFC').toLowerCase()

/** A name of a model, as it is spelt, and the model's id. */
export interface MeantName {
  readonly name: string
  readonly id: string
}

/** The names of models: ids first, then aliases; whoever comes first keeps a name. */
export class NameTable {
  readonly #ids = new Set<string>()
  /** From alias to id. */
  readonly #aliases = new Map<string, string>()
  readonly #aliasesOf = new Map<string, string[]>()
  /** From any name, however it is spelt, to the name as it is and its id. */
  readonly #loose = new Map<string, MeantName>()

  /** False when the id is taken already. */
  add(id: string): boolean {
    if (this.#ids.has(id)) return false
    this.#ids.add(id)
    // An id that differs from another in case only can still be had by its exact spelling.
    if (!this.#loose.has(looseName(id))) this.#loose.set(looseName(id), { name: id, id })
    return true
  }

  /** To be called when every id is there: a name that is taken stays with its owner. */
  addAlias(alias: string, id: string): void {
    if (this.#ids.has(alias) || this.#aliases.has(alias)) return
    this.#aliases.set(alias, id)
    this.#aliasesOf.set(id, [...(this.#aliasesOf.get(id) ?? []), alias])
    if (!this.#loose.has(looseName(alias))) this.#loose.set(looseName(alias), { name: alias, id })
  }

  aliasesOf(id: string): readonly string[] {
    return this.#aliasesOf.get(id) ?? []
  }

  /** Whether some name is so, in any case. */
  has(name: string): boolean {
    return this.#loose.has(looseName(name))
  }

  /** The id of a name: exactly so, or in another case, or with something around it that says nothing. */
  idOf(name: string): string | undefined {
    return this.meant(name)?.id
  }

  /** As `idOf`, with the id or alias that the name is, as it is spelt there. */
  meant(name: string): MeantName | undefined {
    // Nobody calls a model so: it is not worth a search, and not a single copy.
    if (name.length > nameLimit) return undefined
    const names = plainNames(name)
    for (const plain of names) {
      const id = this.#exact(plain)
      if (id !== undefined) return { name: plain, id }
    }
    for (const plain of names) {
      const meant = this.#loose.get(looseName(plain))
      if (meant) return meant
    }
    return undefined
  }

  /** The names that were most likely meant, at most three. */
  near(name: string): readonly string[] {
    return nearNames(
      name,
      [...this.#ids].map((id) => [id, ...this.aliasesOf(id)]),
    )
  }

  #exact(name: string): string | undefined {
    return this.#ids.has(name) ? name : this.#aliases.get(name)
  }
}
