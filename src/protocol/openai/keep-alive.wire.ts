import { Type as t } from '@sinclair/typebox'
import { optional } from './optional.wire.ts'

/** How long a model is to stay in memory, in the spellings of Ollama and of LM Studio. */
export const keepAliveFields = {
  keep_alive: optional(
    t.Union([t.Number(), t.String()], {
      description:
        'How long the model stays in memory once nothing uses it: seconds, or a duration as `5m`; 0: not at all, -1: for ever. The last word of any request counts.',
      expected: "a number of seconds, or a duration like '5m'",
    }),
  ),
  ttl: optional(t.Number({ minimum: 0, description: 'The same as keep_alive, in seconds, in LM Studio’s spelling.' })),
}
