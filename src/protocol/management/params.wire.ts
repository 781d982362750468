import { type Static, Type as t } from '@sinclair/typebox'

const nullable = <Schema extends ReturnType<typeof t.Number> | ReturnType<typeof t.Integer>>(schema: Schema) =>
  t.Optional(t.Union([schema, t.Null()]))

const values = {
  max_tokens: nullable(
    t.Integer({ minimum: 1, description: 'Tokens that an answer may have; null: up to the context.' }),
  ),
  temperature: nullable(t.Number({ minimum: 0, maximum: 2, description: '0 takes always the likeliest token.' })),
  top_p: nullable(t.Number({ exclusiveMinimum: 0, maximum: 1, description: 'Nucleus sampling; 1 keeps all.' })),
  top_k: nullable(t.Integer({ minimum: 0, maximum: 2 ** 31 - 1, description: 'Candidates kept; 0 keeps all.' })),
  min_p: nullable(t.Number({ minimum: 0, maximum: 1, description: 'Of the likeliest one’s chance; 0 keeps all.' })),
}

export const SetParamsRequest = t.Object(
  {
    model: t.Optional(t.Union([t.String({ minLength: 1, description: 'Absent: for all models.' }), t.Null()])),
    ...values,
  },
  { additionalProperties: false },
)
export type SetParamsRequest = Static<typeof SetParamsRequest>

export const Params = t.Object({
  model: t.Union([t.String(), t.Null()], { description: 'null: what holds for models of which nothing else is said.' }),
  max_tokens: t.Union([t.Integer(), t.Null()], { description: 'null: up to the end of the context.' }),
  temperature: t.Number(),
  top_p: t.Number(),
  top_k: t.Integer(),
  min_p: t.Number(),
})
export type Params = Static<typeof Params>
