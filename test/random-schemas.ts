import type { SeededRandom } from './seeded-random.ts'

/** A schema as JSON holds it. */
export type RandomSchema = Readonly<Record<string, unknown>>

const names = [
  ...[
    'id',
    'name',
    'email',
    'age',
    'address',
    'street',
    'city',
    'tags',
    'items',
    'price',
    'created_at',
    'kind',
    'value',
  ],
  ...['children', 'isActive', 'données', 'a "quoted" name', 'x-trace', 'first name', '名前', '$ref', 'na', 'n', 'type'],
]
const words = ['red', 'green', 'dark blue', 'naïve', 'line\nbreak', '"', '\\', '', 'a', 'ab', '🙂', 'v1.0', 'true', '0']
const patterns = [
  ...['^[a-z]+$', '^\\d{3}-\\d{4}$', '[A-Z]{2}', '^(foo|bar)?baz$', '^\\S+@\\S+\\.\\S+$', '^.{2,8}$', '^[^"\\\\]*$'],
  ...['x$', '^\\p{Lu}\\p{Ll}+$', '^(?:a|b|cd){1,3}$', '^[\\w.-]+$', '^#[0-9a-fA-F]{6}$'],
]
const formats = [
  ...['date-time', 'date', 'time', 'duration', 'email', 'hostname', 'ipv4', 'ipv6', 'uri', 'uri-reference', 'uuid'],
  ...['json-pointer', 'relative-json-pointer'],
]

/**
 * A schema of the kind that programs send: nested objects, lists, unions and references, with all keywords that can be
 * enforced. Some value is valid against each, and no keyword asks for what cannot be enforced.
 */
export function randomSchema(random: SeededRandom): RandomSchema {
  const count = random.between(0, 3)
  const defined = Array.from({ length: count }, (_, index) => `Part${index}`)
  const maker = new SchemaMaker(random, defined)
  const root = random.chance(0.85) ? maker.object(0) : maker.any(0)
  if (count === 0) return root
  const parts = Object.fromEntries(defined.map((name) => [name, maker.object(1)]))
  return { ...root, [maker.place]: parts }
}

class SchemaMaker {
  readonly place: '$defs' | 'definitions'
  readonly #random: SeededRandom
  readonly #defined: readonly string[]

  constructor(random: SeededRandom, defined: readonly string[]) {
    this.#random = random
    this.#defined = defined
    this.place = random.chance(0.8) ? '$defs' : 'definitions'
  }

  any(depth: number): RandomSchema {
    const random = this.#random
    const scalars = [
      () => this.#text(),
      () => this.#number(),
      () => this.#integer(),
      () => this.#listed(),
      () => this.#plain(),
    ]
    const deep = [
      () => this.object(depth + 1),
      () => this.object(depth + 1),
      () => this.#array(depth + 1),
      () => this.#union(depth + 1),
      () => this.#together(depth + 1),
    ]
    const schema = random.pick(depth > 2 ? scalars : [...scalars, ...deep])()
    return random.chance(0.2) ? { title: 'A part', description: 'What it is for.', ...schema } : schema
  }

  object(depth: number): RandomSchema {
    const random = this.#random
    if (random.chance(0.12)) return this.#dictionary(depth)
    const chosen = random.some(names, random.between(0, depth > 2 ? 3 : 6))
    const properties = Object.fromEntries(chosen.map((name) => [name, this.#member(depth)]))
    const required = chosen.filter((name) => random.chance(0.6) && !isReference(properties[name]))
    return {
      type: 'object',
      properties,
      ...(required.length > 0 || random.chance(0.5) ? { required } : {}),
      ...this.#others(chosen),
      ...(random.chance(0.1) ? { minProperties: random.between(0, chosen.length) } : {}),
      ...(random.chance(0.1) ? { maxProperties: random.between(Math.max(chosen.length, 1), 12) } : {}),
      ...(random.chance(0.08) && chosen.length > 1 ? { dependentRequired: { [chosen[0] ?? '']: [chosen[1]] } } : {}),
    }
  }

  /** A value, or a reference, which may lead back to where it stands, so that nothing may require it. */
  #member(depth: number): RandomSchema {
    const random = this.#random
    if (this.#defined.length === 0 || random.chance(0.8)) return this.any(depth)
    const reference = { $ref: `#/${this.place}/${random.pick(this.#defined)}` }
    if (random.chance(0.4)) return { anyOf: [reference, { type: 'null' }] }
    return random.chance(0.3) ? { type: 'array', items: reference, maxItems: random.between(0, 4) } : reference
  }

  #others(chosen: readonly string[]): RandomSchema {
    const random = this.#random
    const choice = random.between(0, 9)
    if (choice < 5) return { additionalProperties: false }
    if (choice === 5) return { additionalProperties: this.#plain() }
    if (choice === 6 && !chosen.includes('x-trace'))
      return { patternProperties: { '^x-': this.#text(), '\\d$': true }, additionalProperties: false }
    if (choice === 7 && chosen.length === 0) return { propertyNames: { pattern: '^[a-z_]{1,12}$' } }
    return choice === 8 ? { unevaluatedProperties: false } : {}
  }

  #dictionary(depth: number): RandomSchema {
    const random = this.#random
    return {
      type: 'object',
      additionalProperties: this.any(depth + 1),
      ...(random.chance(0.3) ? { minProperties: 1 } : {}),
      ...(random.chance(0.3) ? { maxProperties: random.between(1, 5) } : {}),
      ...(random.chance(0.3) ? { propertyNames: { enum: random.some(names, 4) } } : {}),
    }
  }

  #array(depth: number): RandomSchema {
    const random = this.#random
    const least = random.between(0, 3)
    const most = least + random.between(0, 4)
    const counts = {
      ...(random.chance(0.5) ? { minItems: least } : {}),
      ...(random.chance(0.5) ? { maxItems: most } : {}),
    }
    if (random.chance(0.2))
      return {
        type: 'array',
        uniqueItems: true,
        items: { enum: random.some(words, random.between(3, 9)) },
        minItems: 1,
      }
    if (random.chance(0.25)) {
      const prefixItems = Array.from({ length: random.between(1, 3) }, () => this.any(depth + 1))
      const items = random.chance(0.5) ? { items: random.chance(0.5) ? false : this.#plain() } : {}
      return { type: 'array', prefixItems, ...items, minItems: random.between(0, prefixItems.length) }
    }
    return { type: 'array', items: random.chance(0.1) ? {} : this.any(depth + 1), ...counts }
  }

  #union(depth: number): RandomSchema {
    const random = this.#random
    if (random.chance(0.5)) return { anyOf: Array.from({ length: random.between(1, 3) }, () => this.any(depth)) }
    if (random.chance(0.5))
      return { oneOf: [this.#text(), this.#number(), { type: 'null' }].slice(random.between(0, 1)) }
    const oneOf = random.some(['cat', 'dog', 'bird'], 2).map((kind) => ({
      type: 'object',
      properties: { kind: random.chance(0.5) ? { const: kind } : { enum: [kind] }, more: this.any(depth + 1) },
      required: ['kind'],
      ...(random.chance(0.5) ? { additionalProperties: false } : {}),
    }))
    return { oneOf, discriminator: { propertyName: 'kind' } }
  }

  /** Schemas that must hold together, and can. */
  #together(depth: number): RandomSchema {
    const random = this.#random
    const one = { type: 'object', properties: { id: { type: 'integer', minimum: 1 } }, required: ['id'] }
    const other = { properties: { id: { maximum: 500 }, label: this.any(depth + 1) } }
    if (random.chance(0.5)) return { allOf: [one, other], ...(random.chance(0.5) ? { required: ['id'] } : {}) }
    return { allOf: [{ type: ['string', 'null'] }, { type: 'string', minLength: 1 }], maxLength: random.between(2, 40) }
  }

  #text(): RandomSchema {
    const random = this.#random
    const kind = random.between(0, 5)
    if (kind === 0) return { type: 'string', format: random.pick(formats) }
    if (kind === 1) return { type: 'string', pattern: random.pick(patterns) }
    if (kind === 2)
      return { type: 'string', pattern: '^[a-z][a-z0-9_]*$', minLength: 2, maxLength: random.between(4, 40) }
    if (kind === 3) return { type: 'string' }
    const least = random.between(0, 12)
    return {
      type: 'string',
      minLength: least,
      ...(random.chance(0.6) ? { maxLength: least + random.between(0, 70000) } : {}),
    }
  }

  #integer(): RandomSchema {
    const random = this.#random
    const low = random.between(-2000, 1000)
    const high = low + random.between(20, 5000)
    return {
      type: random.chance(0.15) ? ['integer', 'null'] : 'integer',
      ...(random.chance(0.6) ? (random.chance(0.8) ? { minimum: low } : { exclusiveMinimum: low }) : {}),
      ...(random.chance(0.6) ? (random.chance(0.8) ? { maximum: high } : { exclusiveMaximum: high }) : {}),
      ...(random.chance(0.2) ? { multipleOf: random.pick([1, 2, 3, 5, 7, 10, 12, 20]) } : {}),
    }
  }

  #number(): RandomSchema {
    const random = this.#random
    const low = random.between(-50_000, 50_000) / random.pick([1, 10, 1000])
    return {
      type: 'number',
      ...(random.chance(0.5) ? { [random.pick(['minimum', 'exclusiveMinimum'])]: low } : {}),
      ...(random.chance(0.5)
        ? { [random.pick(['maximum', 'exclusiveMaximum'])]: low + random.between(80, 9000) / 8 }
        : {}),
      ...(random.chance(0.2) ? { multipleOf: random.pick([0.01, 0.1, 0.5, 0.25, 1]) } : {}),
    }
  }

  #listed(): RandomSchema {
    const random = this.#random
    if (random.chance(0.3)) return { const: random.pick([...words, 0, -1.5, true, null, { a: [1, 'b'] }, [1e21, {}]]) }
    const values = random.some([...words, 1, 2.5, false, null, [], { b: null }], random.between(1, 6))
    return random.chance(0.4) ? { type: 'string', enum: random.some(words, random.between(1, 5)) } : { enum: values }
  }

  #plain(): RandomSchema {
    return this.#random.pick([
      { type: 'boolean' },
      { type: 'string' },
      { type: 'integer' },
      { type: 'number' },
      { type: 'null' },
    ])
  }
}

function isReference(schema: RandomSchema | undefined): boolean {
  return schema?.$ref !== undefined
}
