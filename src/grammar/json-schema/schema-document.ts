import { isJsonObject } from './json-value.ts'
import type { SchemaContext } from './schema-context.ts'
import { pathOf, SchemaProblem } from './schema-problem.ts'
import type { Subschema } from './subschema.ts'

const falseId = 0

/** The schema as a whole: where references lead, and which place is which. */
export class SchemaDocument {
  readonly #root: unknown
  readonly #at: string
  readonly #context: SchemaContext
  readonly #known = new Map<unknown, Subschema>()
  readonly #derived = new Map<string, Subschema>()
  #anchors: ReadonlyMap<string, { readonly value: unknown; readonly path: string }> | undefined
  #count = falseId

  constructor(root: unknown, at: string, context: SchemaContext) {
    this.#root = root
    this.#at = at
    this.#context = context
  }

  get root(): Subschema | undefined {
    return this.schema(this.#root, this.#at)
  }

  /** The schema that stands at a path. Undefined: it allows every value. */
  schema(value: unknown, path: string, parent?: Subschema): Subschema | undefined {
    if (value === true) return undefined
    if (value === false || isNothing(value)) return { id: falseId, path, keywords: {}, isFalse: true, isForeign: false }
    if (!isJsonObject(value)) {
      this.#context.drop(path, 'A schema must be an object or a boolean')
      return undefined
    }
    const known = this.#known.get(value)
    if (known) return known
    this.#context.spend(5 + Object.keys(value).length, path)
    const isForeign = (parent?.isForeign ?? false) || (value !== this.#root && hasOwnId(value))
    const schema: Subschema = { id: ++this.#count, path, keywords: value, isFalse: false, isForeign }
    this.#known.set(value, schema)
    return schema
  }

  /** The schema under a keyword of another one. */
  child(parent: Subschema, ...names: readonly (string | number)[]): Subschema | undefined {
    let value: unknown = parent.keywords
    for (const name of names) value = (value as Record<string | number, unknown>)[name]
    return this.schema(value, pathOf(parent.path, ...names), parent)
  }

  /** A schema that is not written anywhere, but follows from one that is. `name` tells it from others of that one. */
  derive(parent: Subschema, name: string, keywords: Readonly<Record<string, unknown>>): Subschema {
    const key = `${parent.id} ${name}`
    const known = this.#derived.get(key)
    if (known) return known
    const schema = { ...parent, id: ++this.#count, keywords }
    this.#derived.set(key, schema)
    return schema
  }

  /** Where the `$ref` of a schema leads. Throws `SchemaProblem` when nowhere here. */
  target(schema: Subschema): Subschema | undefined {
    const reference = schema.keywords.$ref
    const path = pathOf(schema.path, '$ref')
    if (typeof reference !== 'string') throw new SchemaProblem(path, 'A reference must be a string')
    if (schema.isForeign)
      throw new SchemaProblem(path, 'References inside of a part with an "$id" of its own cannot be followed')
    const fragment = this.#fragmentOf(reference)
    if (fragment === undefined)
      throw new SchemaProblem(path, 'Only references into this schema ("#/$defs/…") can be followed')
    if (fragment === '' || fragment.startsWith('/')) return this.#follow(fragment, path)
    this.#anchors ??= this.#findAnchors()
    const anchor = this.#anchors.get(fragment)
    if (!anchor) throw new SchemaProblem(path, `There is no "$anchor" with the name "${fragment.slice(0, 60)}"`)
    return this.schema(anchor.value, anchor.path)
  }

  /** What stands behind the `#`, decoded. Undefined: the reference leads out of this schema. */
  #fragmentOf(reference: string): string | undefined {
    const [base = '', ...rest] = reference.split('#')
    const own = isJsonObject(this.#root) && typeof this.#root.$id === 'string' ? this.#root.$id.replace(/#$/, '') : ''
    if (base !== '' && base !== own) return undefined
    try {
      return decodeURIComponent(rest.join('#'))
    } catch {
      return undefined
    }
  }

  #follow(pointer: string, path: string): Subschema | undefined {
    let value = this.#root
    let place = this.#at
    for (const token of pointer.split('/').slice(1)) {
      const name = token.replaceAll('~1', '/').replaceAll('~0', '~')
      const isThere = typeof value === 'object' && value !== null && Object.hasOwn(value, name)
      if (!isThere) throw new SchemaProblem(path, `There is nothing at "#${pointer.slice(0, 120)}"`)
      const isIndex = Array.isArray(value)
      value = (value as Record<string, unknown>)[name]
      place = pathOf(place, isIndex ? Number(name) : name)
      this.#context.spend(1, path)
      if (isJsonObject(value) && hasOwnId(value))
        throw new SchemaProblem(path, 'References into a part with an "$id" of its own cannot be followed')
    }
    return this.schema(value, place)
  }

  #findAnchors(): ReadonlyMap<string, { readonly value: unknown; readonly path: string }> {
    const found = new Map<string, { readonly value: unknown; readonly path: string }>()
    const open: { readonly value: unknown; readonly path: string }[] = [{ value: this.#root, path: this.#at }]
    for (let next = open.pop(); next; next = open.pop()) {
      const { value, path } = next
      this.#context.spend(1, path)
      if (typeof value !== 'object' || value === null) continue
      if (value !== this.#root && isJsonObject(value) && hasOwnId(value)) continue
      if (isJsonObject(value) && typeof value.$anchor === 'string') found.set(value.$anchor, next)
      for (const [name, member] of Object.entries(value)) {
        if (name === 'enum' || name === 'const') continue
        open.push({ value: member, path: pathOf(path, Array.isArray(value) ? Number(name) : name) })
      }
    }
    return found
  }
}

/** `{ "not": {} }`, as zod writes `false`. */
function isNothing(value: unknown): boolean {
  if (!isJsonObject(value) || !Object.hasOwn(value, 'not')) return false
  return value.not === true || (isJsonObject(value.not) && Object.keys(value.not).length === 0)
}

function hasOwnId(value: Readonly<Record<string, unknown>>): boolean {
  return typeof value.$id === 'string' && !value.$id.startsWith('#')
}
