import { choice, isNever, never, sequence, text } from '../expressions.ts'
import { oneOfTexts } from '../free-text.ts'
import type { Expression } from '../grammar.ts'
import { anyJsonArray, anyJsonObject, anyJsonValue } from './any-json.ts'
import { arrayText } from './array-text.ts'
import { extraMembers } from './extra-members.ts'
import { fits, fitsShape } from './fits.ts'
import { jsonText } from './json-value.ts'
import { listValues } from './list-values.ts'
import { numberText } from './number-text.ts'
import { memberOf, type ObjectFacts } from './object-facts.ts'
import { objectText } from './object-text.ts'
import { SchemaProblem } from './schema-problem.ts'
import type { SchemaReader } from './schema-reader.ts'
import type { Shape } from './shape.ts'
import { stringText } from './string-text.ts'
import { type Conjunction, keyOf } from './subschema.ts'
import { type ValueType, valueTypes } from './value-type.ts'
import { type EmptyReason, whyShapeEmpty } from './why-empty.ts'

const maxDepth = 64
/** So many names that `propertyNames` lists are written in the order of that list. */
const maxListedNames = 500

/** Writes the texts of the values that satisfy schemas: one rule for each set of schemas that must hold together. */
export class ValueWriter {
  readonly reader: SchemaReader
  /** Whether some schema asks for itself, so that there may be rules without an end. */
  isRecursive = false
  readonly #known = new Map<string, Expression>()
  readonly #open = new Set<string>()
  #reason: EmptyReason | undefined

  constructor(reader: SchemaReader) {
    this.reader = reader
  }

  /** Why the last value that could not be written could not. */
  get reason(): EmptyReason | undefined {
    return this.#reason
  }

  /**
   * The text of a value; `never` where no value is valid. When the value is not needed where it stands, that is told,
   * as whoever wrote the schema did not mean it, unless it says `false` in so many words.
   */
  write(conjunction: Conjunction, isNeeded: boolean): Expression {
    if (conjunction.some(({ isFalse }) => isFalse)) return never
    const written = this.#write(conjunction)
    if (isNever(written) && !isNeeded && this.#reason) this.reader.context.drop(this.#reason.path, this.#reason.problem)
    return written
  }

  #write(conjunction: Conjunction): Expression {
    if (conjunction.length === 0) return anyJsonValue(this.reader.context.book)
    const key = keyOf(conjunction)
    if (this.#open.has(key)) this.isRecursive = true
    const known = this.#known.get(key)
    if (known) return known
    const path = conjunction[0]?.path ?? ''
    this.reader.context.spend(3, path)
    if (this.#open.size >= maxDepth) throw new SchemaProblem(path, `Values are nested deeper than ${maxDepth} levels`)
    this.#open.add(key)
    const written = this.#writeRule(conjunction, key)
    this.#open.delete(key)
    this.#known.set(key, written)
    return written
  }

  #writeRule(conjunction: Conjunction, key: string): Expression {
    const { book } = this.reader.context
    const shapes = this.reader.shapesOf(conjunction)
    const name = nameOf(conjunction[0]?.path ?? '')
    const isDeep = shapes.some(
      ({ values, writtenTypes: types }) => !values && (types.has('object') || types.has('array')),
    )
    if (!isDeep) {
      const written = this.#writeShapes(shapes)
      return isSmall(written) ? written : book.add(name, written)
    }
    const rule = book.reserve(name)
    this.#known.set(key, rule)
    const written = this.#writeShapes(shapes)
    book.fill(rule, written)
    if (!isNever(written) && written.type !== 'rule') return rule
    if (!this.isRecursive) book.remove(rule.name)
    return written
  }

  #writeShapes(shapes: readonly Shape[]): Expression {
    return choice(...shapes.map((shape) => this.#writeShape(shape)).filter((written) => !isNever(written)))
  }

  #writeShape(shape: Shape): Expression {
    const reason = whyShapeEmpty(this.reader, shape, { depth: 0 })
    if (reason) {
      this.#reason = reason
      return never
    }
    const { values, types } = shape
    if (values) {
      const valid = values.all.filter((value) => fitsShape(this.reader, value, { shape, types }))
      return oneOfTexts(valid.map(jsonText))
    }
    const written = valueTypes
      .filter((type) => shape.writtenTypes.has(type) && (type !== 'fraction' || !shape.writtenTypes.has('integer')))
      .map((type) => ({ type, text: this.#writeType(shape, type) }))
    for (const { type, text: each } of written) if (isNever(each)) this.#reason ??= this.#emptyReason(shape, type)
    return choice(...written.map(({ text: each }) => each).filter((each) => !isNever(each)))
  }

  #writeType(shape: Shape, type: ValueType): Expression {
    const { context } = this.reader
    const { excluded, writtenTypes: types } = shape
    if (type === 'string') {
      const words = excluded.flatMap(({ value, path }) => (typeof value === 'string' ? [{ value, path }] : []))
      return stringText(context, shape.text, words)
    }
    if (type === 'null') return excluded.some(({ value }) => value === null) ? never : text('null')
    if (type === 'boolean') {
      const left = [true, false].filter((value) => excluded.every((each) => each.value !== value))
      return choice(...left.map((value) => text(String(value))))
    }
    const gone = excluded.find(
      ({ value }) => typeof value === (type === 'object' || type === 'array' ? 'object' : 'number'),
    )
    if (gone && gone.value !== null) context.drop(gone.path, '"not" of numbers, objects and lists cannot be enforced')
    if (type === 'object') return this.#writeObject(shape)
    if (type === 'array') return this.#writeArray(shape)
    if (!types.has('integer')) context.drop(shape.schemas[0]?.path ?? '', '"not" of whole numbers cannot be enforced')
    return numberText(context, shape.number, !types.has('fraction'))
  }

  #writeArray(shape: Shape): Expression {
    const facts = this.reader.arrayOf(shape)
    const isFree = facts.parts.every(({ first, rest }) => first.length === 0 && !rest)
    if (isFree && facts.least.value === 0 && !facts.most && facts.unique === undefined)
      return anyJsonArray(this.reader.context.book)
    return arrayText(this, facts)
  }

  #writeObject(shape: Shape): Expression {
    const facts = this.#withListedNames(this.reader.objectOf(shape))
    const isFree = facts.parts.every(({ patterns, additional }) => patterns.length === 0 && !additional)
    const isNamed = facts.names.length > 0 || facts.nameSchemas.length > 0
    if (isFree && !isNamed && facts.least.value === 0 && !facts.most) return anyJsonObject(this.reader.context.book)
    const declared: { text: Expression; isRequired: boolean }[] = []
    for (const name of facts.names) {
      const isRequired = facts.required.has(name)
      const isNameRight = facts.nameSchemas.length === 0 || fits(this.reader, name, facts.nameSchemas)
      const member = isNameRight ? this.write(memberOf(facts, name), isRequired) : never
      if (isNever(member) && isRequired) return never
      if (!isNever(member)) declared.push({ text: sequence(text(`${JSON.stringify(name)}: `), member), isRequired })
    }
    const most = facts.most?.value ?? Number.POSITIVE_INFINITY
    const extra = declared.filter(({ isRequired }) => isRequired).length >= most ? never : this.#writeExtra(facts)
    const written = objectText(this.reader.context, { declared, extra, least: facts.least.value, most })
    if (written && !isNever(written)) return written
    const path = (facts.least.value > 0 ? facts.least.path : facts.most?.path) ?? ''
    this.reader.context.drop(path, 'So many properties cannot be counted on here')
    return objectText(this.reader.context, { declared, extra, least: 0, most: Number.POSITIVE_INFINITY }) ?? never
  }

  #writeExtra(facts: ObjectFacts): Expression {
    const options = extraMembers(this.reader, facts).map(({ name, member }) => {
      const value = this.write(member, false)
      return sequence(name, text(': '), value)
    })
    const possible = options.filter((option) => !isNever(option))
    const { book } = this.reader.context
    return possible.length === 0 ? never : book.add('member', choice(...possible))
  }

  /** Where only listed names are allowed, all of them are declared. */
  #withListedNames(facts: ObjectFacts): ObjectFacts {
    if (facts.nameSchemas.length === 0) return facts
    const listed = listValues(this.reader, facts.nameSchemas, maxListedNames)
    const names = listed?.filter((name) => typeof name === 'string') ?? []
    return { ...facts, names: [...new Set([...facts.names, ...names])] }
  }

  #emptyReason({ schemas, text: { patterns, most, least }, number: { steps } }: Shape, type: ValueType): EmptyReason {
    const own = type === 'string' ? (patterns[0] ?? most ?? least) : type === 'integer' ? steps[0] : undefined
    return { path: own?.path || (schemas[0]?.path ?? ''), problem: 'No value is valid here with the other keywords' }
  }
}

function isSmall(expression: Expression): boolean {
  return ['text', 'character', 'rule'].includes(expression.type) || isNever(expression)
}

/** A rule's name: the last names of the path. */
function nameOf(path: string): string {
  const words = path.split(/[^A-Za-z0-9]+/).filter((word) => word !== '')
  return words.slice(-2).join('-').slice(-40) || 'value'
}
