/** A schema object inside of the schema, known by its place. */
export interface Subschema {
  /** The same for the same object, however it was reached. */
  readonly id: number
  readonly path: string
  readonly keywords: Readonly<Record<string, unknown>>
  /** The schema `false`. */
  readonly isFalse: boolean
  /** It stands inside of a part with an `$id` of its own, where references mean something else. */
  readonly isForeign: boolean
}

/** Schemas that must all hold. None: any value. */
export type Conjunction = readonly Subschema[]

/** Schemas that must all hold, each once. */
export function allOf(...schemas: readonly (Subschema | undefined)[]): Conjunction {
  const byId = new Map<number, Subschema>()
  for (const schema of schemas) {
    if (schema?.isFalse) return [schema]
    if (schema) byId.set(schema.id, schema)
  }
  return [...byId.values()]
}

/** The same for conjunctions of the same schemas in whatever order. */
export function keyOf(conjunction: Conjunction): string {
  return conjunction
    .map(({ id }) => id)
    .sort((left, right) => left - right)
    .join(' ')
}
