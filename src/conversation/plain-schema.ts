import type { JsonSchema } from '../core/generation.ts'
import { isJsonObject } from '../grammar/json-schema/json-value.ts'

/**
 * A schema as templates with a simple view of it can read: one word as the type, everywhere, and no references. It only
 * tells the model of the parameters; what the answer is held to is the schema itself. It is cut where it contains itself.
 */
export function plainSchema(schema: JsonSchema): JsonSchema {
  return plain(schema, { root: schema, within: [] })
}

interface Place {
  readonly root: JsonSchema
  /** The schemas around, for those that contain themselves. */
  readonly within: readonly JsonSchema[]
}

function plain(schema: JsonSchema, { root, within }: Place): JsonSchema {
  const found = resolve(schema, root)
  if (within.includes(found)) return { type: 'object' }
  const inner = { root, within: [...within, found] }
  const main = mainOption(found, inner)
  const { $defs, definitions, anyOf, oneOf, allOf, $ref, ...own } = { ...main, ...found }
  const { properties, items } = own
  return {
    ...own,
    type: typeOf(own),
    ...(isJsonObject(properties) && {
      properties: Object.fromEntries(
        Object.entries(properties).map(([name, each]) => [
          name,
          isJsonObject(each) ? plain(each, inner) : { type: 'string' },
        ]),
      ),
    }),
    ...(isJsonObject(items) && { items: plain(items, inner) }),
  }
}

/** Of several possible schemas the first that is not null. */
function mainOption(schema: JsonSchema, place: Place): JsonSchema {
  const options = [schema.anyOf, schema.oneOf, schema.allOf].find(Array.isArray) ?? []
  const plained = options.filter(isJsonObject).map((option) => plain(option, place))
  return plained.find(({ type }) => type !== 'null') ?? {}
}

function typeOf({ type, enum: listed, properties, items }: JsonSchema): string {
  if (typeof type === 'string') return type
  if (Array.isArray(type)) return String(type.find((each) => each !== 'null') ?? 'null')
  if (properties !== undefined) return 'object'
  if (items !== undefined) return 'array'
  const [first] = Array.isArray(listed) ? listed : []
  return typeof first === 'number' || typeof first === 'boolean' ? typeof first : 'string'
}

function resolve(schema: JsonSchema, root: JsonSchema): JsonSchema {
  const { $ref: reference } = schema
  if (typeof reference !== 'string' || !reference.startsWith('#/')) return schema
  const names = reference.slice(2).split('/')
  const found = names.reduce<unknown>(
    (value, name) => (isJsonObject(value) ? value[name.replaceAll('~1', '/').replaceAll('~0', '~')] : undefined),
    root,
  )
  return isJsonObject(found) ? found : schema
}
