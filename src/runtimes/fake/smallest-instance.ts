import type { JsonSchema } from '../../core/generation.ts'

/**
 * A small value that validates against a schema, as far as a schema is made of types, properties, choices, lengths and
 * references: enough for a model that does not think.
 */
export function smallestInstance(root: JsonSchema): unknown {
  return instanceOf(root, root)
}

function instanceOf(schema: unknown, root: JsonSchema): unknown {
  if (typeof schema !== 'object' || schema === null) return null
  const fields = schema as JsonSchema
  if (typeof fields.$ref === 'string') return instanceOf(resolve(fields.$ref, root), root)
  if ('const' in fields) return fields.const
  if (Array.isArray(fields.enum)) return fields.enum[0]
  const options = fields.anyOf ?? fields.oneOf
  if (Array.isArray(options)) return smallestOf(options.map((option) => instanceOf(option, root)))
  const types = Array.isArray(fields.type) ? fields.type : [fields.type]
  return types.includes('null') ? null : ofType(types[0] ?? (fields.properties ? 'object' : 'null'), fields, root)
}

function ofType(type: unknown, fields: JsonSchema, root: JsonSchema): unknown {
  const least = (name: string, fallback = 0) => (typeof fields[name] === 'number' ? fields[name] : fallback)
  if (type === 'string') return 'x'.repeat(least('minLength'))
  if (type === 'boolean') return false
  if (type === 'integer') return Math.ceil(Math.max(least('minimum'), least('exclusiveMinimum', -1) + 1))
  if (type === 'number') return Math.max(least('minimum'), least('exclusiveMinimum', -1) + 1)
  if (type === 'array') return Array.from({ length: least('minItems') }, () => instanceOf(fields.items ?? {}, root))
  if (type !== 'object') return null
  const properties = (fields.properties ?? {}) as JsonSchema
  const required = Array.isArray(fields.required) ? fields.required.map(String) : []
  return Object.fromEntries(required.map((name) => [name, instanceOf(properties[name] ?? {}, root)]))
}

const smallestOf = (values: readonly unknown[]) =>
  values.reduce((best, value) => (JSON.stringify(value).length < JSON.stringify(best).length ? value : best))

function resolve(reference: string, root: JsonSchema): unknown {
  const path = reference.replace(/^#\/?/, '').split('/').filter(Boolean)
  return path.reduce<unknown>((at, name) => (at as JsonSchema | undefined)?.[name], root)
}
