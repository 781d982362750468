import { Type as t } from '@sinclair/typebox'

/** Tokens that were really evaluated. */
export const Usage = t.Object({
  prompt_tokens: t.Integer(),
  completion_tokens: t.Integer(),
  total_tokens: t.Integer(),
  prompt_tokens_details: t.Object({
    cached_tokens: t.Integer({ description: 'Of the prompt, those that were still in memory and not read again.' }),
  }),
  completion_tokens_details: t.Object({
    reasoning_tokens: t.Integer(),
    accepted_prediction_tokens: t.Integer({
      description: 'Guessed ahead, by looking them up in the text or by the draft model, and taken.',
    }),
    rejected_prediction_tokens: t.Integer({ description: 'Guessed ahead and thrown away.' }),
  }),
})

/** An extension that llama-server has too: how long the parts took. */
export const Timings = t.Object({
  prompt_ms: t.Number({ description: 'Milliseconds from the start in the model to the first token.' }),
  predicted_ms: t.Number({ description: 'Milliseconds from the first token to the last.' }),
  predicted_per_second: t.Number({ description: 'Tokens a second over predicted_ms.' }),
  forced_n: t.Integer({ description: 'Tokens that the format left no choice about, and that were not sampled.' }),
  draft_n: t.Integer({
    description: 'Tokens that were guessed ahead, by looking them up in the text or by the draft model.',
  }),
  draft_n_accepted: t.Integer(),
})
