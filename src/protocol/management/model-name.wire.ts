import { Type as t } from '@sinclair/typebox'
import { optional } from '../openai/optional.wire.ts'

/** How a request names the model that it is about, in our spelling and in Lemonade's. */
export const modelName = {
  model: optional(t.String({ minLength: 1, description: 'An id, an alias or a file name, as GET /v1/models has it.' })),
  model_name: optional(t.String({ minLength: 1, description: 'The same as model, in Lemonade’s spelling.' })),
}
