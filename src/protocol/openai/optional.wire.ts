import { type TSchema, Type as t } from '@sinclair/typebox'

/** A field that may be left out, or sent as `null`, which means the same to OpenAI's clients. */
export const optional = <Schema extends TSchema>(schema: Schema) => t.Optional(t.Union([schema, t.Null()]))
