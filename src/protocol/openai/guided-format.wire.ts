import { type Static, Type as t } from '@sinclair/typebox'
import { optional } from './optional.wire.ts'

const Schema = t.Union([t.Object({}, { additionalProperties: true }), t.String()], {
  description: 'A JSON Schema, or the JSON text of one.',
  expected: 'a JSON Schema, as an object or as text',
})
const Pattern = t.String({
  minLength: 1,
  description: 'A regular expression (ECMA-262) that matches the whole answer.',
})
const Choice = t.Array(t.String({ minLength: 1 }), {
  minItems: 1,
  maxItems: 1024,
  description: 'Texts of which the answer is one.',
})
const Source = t.String({ minLength: 1, description: 'A grammar in GBNF, from its rule `root`.' })

/** What the text of an answer must be, in vLLM’s spelling of today and in the one before it. */
export const guidedFields = {
  structured_outputs: optional(
    t.Object(
      {
        json: optional(Schema),
        json_object: optional(t.Boolean({ description: 'true: one JSON object, of any shape.' })),
        regex: optional(Pattern),
        choice: optional(Choice),
        grammar: optional(Source),
      },
      { additionalProperties: false, description: 'What the answer is held to, in vLLM’s spelling.' },
    ),
  ),
  guided_json: optional(Schema),
  guided_regex: optional(Pattern),
  guided_choice: optional(Choice),
  guided_grammar: optional(Source),
}
const Fields = t.Object(guidedFields)
export type GuidedFields = Static<typeof Fields>
