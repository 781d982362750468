import { isJsonObject } from './json-value.ts'
import { checkKeywords, KeywordReader } from './keywords.ts'
import type { SchemaContext } from './schema-context.ts'
import type { SchemaDocument } from './schema-document.ts'
import { pathOf, SchemaProblem } from './schema-problem.ts'
import { allOf, type Conjunction, keyOf, type Subschema } from './subschema.ts'

/** One way to satisfy a conjunction: schemas whose references and combinations of others have all been followed. */
export type Alternative = readonly Subschema[]

/** What `oneOf` asks of its branches. */
export interface ApartQuestions {
  /** Whether no value can satisfy both. */
  areApart(left: Conjunction, right: Conjunction): boolean
  /** Whether that is easily seen of all of them. */
  hasDiscriminator(branches: readonly Conjunction[]): boolean
}

/** References and combinations inside of each other, without going down into a value. */
const maxDepth = 200

/** More ways than this come from combinations that nobody wrote by hand. */
const maxAlternatives = 256

/** A way that is not yet followed to its end. */
interface Way {
  readonly done: Map<number, Subschema>
  /** `from`: the schemas that led here without going down into a value. */
  readonly open: { readonly schema: Subschema; readonly from: readonly number[] }[]
}

/**
 * Follows `$ref`, `allOf`, `anyOf`, `oneOf` and the dependent keywords, until only schemas are left that speak of the
 * value itself: a value satisfies the conjunction when it satisfies all schemas of one alternative. None: no value does.
 */
export class ConjunctionExpander {
  readonly #context: SchemaContext
  readonly #document: SchemaDocument
  readonly #known = new Map<string, readonly Alternative[]>()
  readonly #apart: ApartQuestions
  readonly #checked = new Set<number>()
  readonly #oneOfs = new Map<number, readonly Conjunction[]>()

  constructor(context: SchemaContext, document: SchemaDocument, apart: ApartQuestions) {
    this.#context = context
    this.#document = document
    this.#apart = apart
  }

  expand(conjunction: Conjunction): readonly Alternative[] {
    const key = keyOf(conjunction)
    const known = this.#known.get(key)
    if (known) return known
    const alternatives = this.#expand(conjunction)
    this.#known.set(key, alternatives)
    return alternatives
  }

  #expand(conjunction: Conjunction): readonly Alternative[] {
    const ways: Way[] = [{ done: new Map(), open: conjunction.map((schema) => ({ schema, from: [] })) }]
    const alternatives: Alternative[] = []
    for (let way = ways.pop(); way; way = ways.pop()) {
      const next = way.open.shift()
      if (!next) {
        alternatives.push([...way.done.values()])
        continue
      }
      ways.push(...this.#step(way, next).toReversed())
      if (ways.length + alternatives.length > maxAlternatives)
        throw new SchemaProblem(next.schema.path, `"anyOf" and "oneOf" combine to more than ${maxAlternatives} ways`)
    }
    return alternatives
  }

  /** Takes one schema into a way, and returns the ways that come of it. */
  #step({ done, open }: Way, { schema, from }: Way['open'][number]): readonly Way[] {
    this.#context.spend(1, schema.path)
    if (schema.isFalse) return []
    if (from.length > maxDepth) throw new SchemaProblem(schema.path, 'Schemas are nested too deep')
    if (from.includes(schema.id))
      throw new SchemaProblem(schema.path, 'This schema refers to itself without end, before any part of the value')
    if (done.has(schema.id)) return [{ done, open }]
    if (!this.#checked.has(schema.id)) checkKeywords(this.#context, schema)
    this.#checked.add(schema.id)
    done.set(schema.id, schema)
    const path = [...from, schema.id]
    const follow = (some: Conjunction) => some.map((each) => ({ schema: each, from: path }))
    const rest = [...follow(this.#necessary(schema)), ...open]
    let ways: readonly Way[] = [{ done, open: rest }]
    for (const branches of this.#choices(schema)) {
      ways = ways.flatMap((way) =>
        branches.map((branch) => ({ done: new Map(way.done), open: [...follow(branch), ...way.open] })),
      )
      if (ways.length > maxAlternatives)
        throw new SchemaProblem(schema.path, `"anyOf" and "oneOf" combine to more than ${maxAlternatives} ways`)
    }
    return ways
  }

  /** Schemas that must hold too: of `$ref` and `allOf`. */
  #necessary(schema: Subschema): Conjunction {
    const read = new KeywordReader(this.#context, schema)
    const result: Subschema[] = []
    if (schema.keywords.$ref !== undefined) result.push(...this.#target(schema))
    for (const index of (read.list('allOf') ?? []).keys()) result.push(...this.#child(schema, 'allOf', index))
    return result
  }

  #target(schema: Subschema): Conjunction {
    try {
      return allOf(this.#document.target(schema))
    } catch (error) {
      if (!(error instanceof SchemaProblem)) throw error
      this.#context.drop(error.path, error.problem)
      return []
    }
  }

  /** Each a list of branches of which one must hold. */
  #choices(schema: Subschema): readonly (readonly Conjunction[])[] {
    const result: (readonly Conjunction[])[] = []
    if (schema.keywords.anyOf !== undefined) result.push(this.#branches(schema, 'anyOf'))
    if (schema.keywords.oneOf !== undefined) {
      result.push(this.#oneOfs.get(schema.id) ?? this.#oneOf(schema))
    }
    result.push(...this.#dependencies(schema))
    return result.filter((branches) => branches.length > 0)
  }

  #branches(schema: Subschema, keyword: 'anyOf' | 'oneOf'): readonly Conjunction[] {
    const list = new KeywordReader(this.#context, schema).list(keyword)
    if (list?.length === 0) this.#context.drop(pathOf(schema.path, keyword), 'It must have at least one schema')
    return (list ?? []).map((_, index) => this.#child(schema, keyword, index))
  }

  /** No two branches may hold for one value, as a grammar cannot take a text back that two of them allow. */
  #oneOf(schema: Subschema): readonly Conjunction[] {
    const branches = this.#branches(schema, 'oneOf')
    this.#oneOfs.set(schema.id, branches)
    const { oneOf: _, ...others } = schema.keywords
    const beside = this.#document.derive(schema, 'without oneOf', others)
    const whole = branches.map((branch) => allOf(beside, ...branch))
    if (this.#apart.hasDiscriminator(whole)) return branches
    for (const [index, left] of whole.entries()) {
      for (const right of whole.slice(index + 1)) {
        this.#context.spend(10, schema.path)
        if (this.#apart.areApart(left, right)) continue
        const problem =
          'A value could match more than one of these schemas, so "oneOf" cannot be enforced; use "anyOf", or tell them apart by a required property with a "const" of its own in each'
        this.#context.drop(pathOf(schema.path, 'oneOf'), problem)
        return branches
      }
    }
    return branches
  }

  /** For each property that others depend on: it is absent, or what depends on it holds. */
  #dependencies(schema: Subschema): readonly (readonly Conjunction[])[] {
    const read = new KeywordReader(this.#context, schema)
    const result: (readonly Conjunction[])[] = []
    for (const keyword of ['dependentRequired', 'dependentSchemas', 'dependencies']) {
      for (const [name, value] of Object.entries(read.map(keyword) ?? {})) {
        const derive = (of: string, keywords: Readonly<Record<string, unknown>>) =>
          this.#document.derive(schema, `${keyword} ${of} ${name}`, keywords)
        const absent = derive('absent', { properties: { [name]: false } })
        const names = Array.isArray(value) ? value : []
        const present = derive('present', { required: [name, ...names] })
        const isSchema = isJsonObject(value) || typeof value === 'boolean'
        result.push([[absent], allOf(present, ...(isSchema ? this.#child(schema, keyword, name) : []))])
      }
    }
    return result
  }

  #child(schema: Subschema, ...names: readonly (string | number)[]): Conjunction {
    return allOf(this.#document.child(schema, ...names))
  }
}
