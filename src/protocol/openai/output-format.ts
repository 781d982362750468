import { ServerError } from '../../core/errors.ts'
import type { JsonSchema, OutputFormat } from '../../core/generation.ts'
import { toGuided } from './guided-format.ts'
import type { GuidedFields } from './guided-format.wire.ts'

interface ResponseFormatFields {
  readonly type: 'text' | 'json_object' | 'json_schema' | 'grammar'
  readonly json_schema?: { readonly schema?: object | null } | null
  readonly schema?: object | null
  readonly grammar?: string | null
}

/** The fields that say what the text of an answer must be. */
export interface FormatFields extends Partial<GuidedFields> {
  readonly response_format?: ResponseFormatFields | null
  readonly grammar?: string | null
  readonly json_schema?: object | null
}

/** A format, and the name of the parameter that its parts are to be found under. */
export interface AskedFormat {
  readonly format: OutputFormat
  readonly param: string
}

/** What the text of an answer must be; undefined for free text. Throws `invalid_parameter`. */
export function toFormat(body: FormatFields): AskedFormat | undefined {
  const asked: readonly (AskedFormat | undefined)[] = [
    body.response_format ? fromResponseFormat(body.response_format) : undefined,
    body.json_schema ? fromSchema(body.json_schema, 'json_schema') : undefined,
    body.grammar ? { format: { type: 'grammar', grammar: body.grammar }, param: 'grammar' } : undefined,
    ...toGuided(body),
  ]
  const [first, second] = asked.filter((format) => format !== undefined)
  if (!first || !second) return first
  const problem = `'${first.param.split('.')[0]}' says already what the answer must be`
  throw new ServerError('invalid_parameter', { param: second.param, problem })
}

function fromResponseFormat(wire: ResponseFormatFields): AskedFormat | undefined {
  refuseOthers(wire)
  if (wire.type === 'text') return undefined
  if (wire.type === 'grammar') {
    if (!wire.grammar) throw missing('response_format.grammar')
    return { format: { type: 'grammar', grammar: wire.grammar }, param: 'response_format.grammar' }
  }
  if (wire.schema) return fromSchema(wire.schema, 'response_format.schema')
  if (wire.type === 'json_object') return { format: { type: 'json-object' }, param: 'response_format' }
  if (!wire.json_schema) throw missing('response_format.json_schema')
  const { schema } = wire.json_schema
  if (!schema) return { format: { type: 'json-object' }, param: 'response_format' }
  return fromSchema(schema, 'response_format.json_schema.schema')
}

/** Where each type may say what it means; what stands elsewhere would be ignored. */
const places = {
  text: [],
  json_object: ['schema'],
  json_schema: ['json_schema', 'schema'],
  grammar: ['grammar'],
} as const satisfies Record<ResponseFormatFields['type'], readonly string[]>

function refuseOthers(wire: ResponseFormatFields): void {
  const sent = (['json_schema', 'schema', 'grammar'] as const).filter((name) => wire[name])
  const other = sent.find((name) => !places[wire.type].some((place) => place === name))
  if (other)
    throw new ServerError('invalid_parameter', {
      param: `response_format.${other}`,
      problem: `a format of the type '${wire.type}' has none`,
    })
  const [first, second] = sent
  if (first && second)
    throw new ServerError('invalid_parameter', {
      param: `response_format.${second}`,
      problem: `'response_format.${first}' is there too; send one of them`,
    })
}

const fromSchema = (schema: object, param: string): AskedFormat => ({
  format: { type: 'json-schema', schema: schema as JsonSchema },
  param,
})

const missing = (param: string) =>
  new ServerError('invalid_parameter', { param, problem: 'it is missing; expected what the type says' })
