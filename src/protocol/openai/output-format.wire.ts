import { Type as t } from '@sinclair/typebox'
import { optional } from './optional.wire.ts'

const Schema = t.Object({}, { additionalProperties: true })

/** What the text of an answer must be: OpenAI's form, and llama-server's beside it. */
export const ResponseFormat = t.Object(
  {
    type: t.Union([t.Literal('text'), t.Literal('json_object'), t.Literal('json_schema'), t.Literal('grammar')]),
    json_schema: optional(
      t.Object(
        {
          name: t.String({ pattern: '^[A-Za-z0-9_-]{1,64}$', expected: 'a name of up to 64 letters, digits, _ and -' }),
          description: optional(t.String({ description: 'No effect: say it in a message.' })),
          schema: optional(Schema),
          strict: optional(t.Boolean({ description: 'No effect: every answer validates against the schema.' })),
        },
        { additionalProperties: false },
      ),
    ),
    schema: optional(t.Object({}, { additionalProperties: true, description: 'The schema in llama-server’s form.' })),
    grammar: optional(t.String({ description: 'Of the type `grammar`: GBNF, from its rule `root`.' })),
  },
  { additionalProperties: false },
)
