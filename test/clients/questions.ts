import { z } from 'zod'

/** The chat model that every server of these tests has. */
export const chatModel = 'smollm2-135m-instruct'
/** Its embedding model. */
export const embeddingModel = 'all-minilm-l6-v2'

/**
 * What the model is asked where only the form of the answer counts. Shortly asked and shortly answered: it is sure of each
 * word then, and says the same each time.
 */
export const question = {
  model: chatModel,
  messages: [
    { role: 'system' as const, content: 'Answer in few words.' },
    { role: 'user' as const, content: 'What is the capital of France?' },
  ],
  temperature: 0,
  max_tokens: 16,
}

/** Small enough that a model which must keep to it comes to its end by itself. */
export const City = z.object({
  name: z.string().regex(/^[A-Z][a-z]{2,9}$/),
  climate: z.enum(['cold', 'mild', 'hot']),
  districts: z
    .array(z.enum(['north', 'south']))
    .min(1)
    .max(2),
})

/** The arguments of the tool that models are made to call. */
export const Heating = z.object({ room: z.enum(['kitchen', 'bath']), degrees: z.int().min(5).max(30) })

/** What is said before the tool is to be called. */
export const cold = 'It is cold in the kitchen.'
