import { type ArrayFacts, readArrayFacts } from './array-facts.ts'
import { ConjunctionExpander } from './expand-conjunction.ts'
import { type ObjectFacts, readObjectFacts } from './object-facts.ts'
import type { SchemaContext } from './schema-context.ts'
import { SchemaDocument } from './schema-document.ts'
import { readShape, type Shape } from './shape.ts'
import { allOf, type Conjunction, keyOf, type Subschema } from './subschema.ts'
import { hasDiscriminator } from './tell-apart.ts'
import type { ValueType } from './value-type.ts'
import { whyEmpty } from './why-empty.ts'

/** What can be asked of a schema. All answers are found once. */
export class SchemaReader {
  readonly context: SchemaContext
  readonly document: SchemaDocument
  readonly #expander: ConjunctionExpander
  readonly #shapes = new Map<string, readonly Shape[]>()
  readonly #objects = new Map<Shape, ObjectFacts>()
  readonly #arrays = new Map<Shape, ArrayFacts>()

  constructor(schema: unknown, at: string, context: SchemaContext) {
    this.context = context
    this.document = new SchemaDocument(schema, at, context)
    this.#expander = new ConjunctionExpander(context, this.document, {
      areApart: (left, right) => this.#areApart(left, right),
      hasDiscriminator: (branches) => hasDiscriminator(this, branches),
    })
  }

  get root(): Subschema | undefined {
    return this.document.root
  }

  /** The ways to satisfy schemas together. None: there is no way. */
  shapesOf(conjunction: Conjunction): readonly Shape[] {
    const key = keyOf(conjunction)
    const known = this.#shapes.get(key)
    if (known) return known
    const alternatives = this.#expander.expand(conjunction)
    const shapes = alternatives.map((schemas) => {
      this.context.spend(1 + schemas.length, schemas[0]?.path ?? '')
      return readShape(this.context, schemas)
    })
    this.#shapes.set(key, shapes)
    return shapes
  }

  objectOf(shape: Shape): ObjectFacts {
    const facts = this.#objects.get(shape) ?? readObjectFacts(this.context, this.document, shape.schemas)
    this.#objects.set(shape, facts)
    return facts
  }

  arrayOf(shape: Shape): ArrayFacts {
    const facts = this.#arrays.get(shape) ?? readArrayFacts(this.context, this.document, shape.schemas)
    this.#arrays.set(shape, facts)
    return facts
  }

  /** Whether no text that is written for one of them is valid for the other. */
  #areApart(left: Conjunction, right: Conjunction): boolean {
    const written = [...this.shapesOf(left), ...this.shapesOf(right)].flatMap((shape): readonly ValueType[] => [
      ...shape.writtenTypes,
    ])
    return whyEmpty(this, allOf(...left, ...right), { depth: 0, types: new Set(written) }) !== undefined
  }
}
