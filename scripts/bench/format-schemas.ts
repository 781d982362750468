import type { JsonSchema } from '../../src/core/generation.ts'

const text = { type: 'string', maxLength: 24 } as const
const object = (properties: Readonly<Record<string, unknown>>): JsonSchema => ({
  type: 'object',
  properties,
  required: Object.keys(properties),
  additionalProperties: false,
})
const address = object({ street: text, city: text, postal_code: { type: 'string', pattern: '^\\d{5}$' } })

/** From an answer that is nearly all keys to one that is nearly all text. */
export const formatSchemas: Readonly<Record<string, JsonSchema>> = {
  'a verdict': object({
    is_relevant: { type: 'boolean' },
    sentiment: { enum: ['positive', 'neutral', 'negative'] },
    confidence_level: { enum: ['low', 'medium', 'high'] },
    requires_human_review: { type: 'boolean' },
  }),
  'a record': object({
    first_name: text,
    last_name: text,
    age: { type: 'integer', minimum: 0, maximum: 120 },
    billing_address: address,
    shipping_address: address,
  }),
  'a text': object({ title: text, summary: { type: 'string', minLength: 120, maxLength: 240 } }),
}
