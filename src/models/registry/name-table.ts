import { closest, distance } from 'fastest-levenshtein'

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

/** The names of models: ids first, then aliases; whoever comes first keeps a name. */
export class NameTable {
  readonly #ids = new Set<string>()
  /** From alias to id. */
  readonly #aliases = new Map<string, string>()
  readonly #aliasesOf = new Map<string, string[]>()
  /** From any name in lower case to id. */
  readonly #loose = new Map<string, string>()

  /** False when the id is taken already. */
  add(id: string): boolean {
    if (this.#ids.has(id)) return false
    this.#ids.add(id)
    // An id that differs from another in case only can still be had by its exact spelling.
    if (!this.#loose.has(id.toLowerCase())) this.#loose.set(id.toLowerCase(), id)
    return true
  }

  /** To be called when every id is there: a name that is taken stays with its owner. */
  addAlias(alias: string, id: string): void {
    if (this.#ids.has(alias) || this.#aliases.has(alias)) return
    this.#aliases.set(alias, id)
    this.#aliasesOf.set(id, [...(this.#aliasesOf.get(id) ?? []), alias])
    if (!this.#loose.has(alias.toLowerCase())) this.#loose.set(alias.toLowerCase(), id)
  }

  aliasesOf(id: string): readonly string[] {
    return this.#aliasesOf.get(id) ?? []
  }

  /** Whether some name is so, in any case. */
  has(name: string): boolean {
    return this.#loose.has(name.toLowerCase())
  }

  /** The id of a name: exactly so, or in another case, or with something around it that says nothing. */
  idOf(name: string): string | undefined {
    // Nobody calls a model so: it is not worth a search, and not a single copy.
    if (name.length > nameLimit) return undefined
    const names = plainNames(name)
    for (const plain of names) {
      const id = this.#exact(plain)
      if (id !== undefined) return id
    }
    for (const plain of names) {
      const id = this.#loose.get(plain.toLowerCase())
      if (id !== undefined) return id
    }
    return undefined
  }

  /** The name that was most likely meant, if any is near enough to be worth a question. */
  nearest(name: string): string | undefined {
    const names = [...this.#ids, ...this.#aliases.keys()]
    if (names.length === 0 || name.length > 200) return undefined
    const lower = name.toLowerCase()
    const near = closest(
      lower,
      names.map((each) => each.toLowerCase()),
    )
    if (distance(lower, near) > Math.max(2, Math.floor(name.length / 3))) return undefined
    return names.find((each) => each.toLowerCase() === near)
  }

  #exact(name: string): string | undefined {
    return this.#ids.has(name) ? name : this.#aliases.get(name)
  }
}
