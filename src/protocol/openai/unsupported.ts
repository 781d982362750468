import { ServerError } from '../../core/errors.ts'

/** Tells whether a value of a parameter changes nothing, so that it may be let through. */
type ChangesNothing = (value: unknown) => boolean

const never: ChangesNothing = () => false
const zero: ChangesNothing = (value) => value === 0
const off: ChangesNothing = (value) => value === false
const one: ChangesNothing = (value) => value === 1
const empty: ChangesNothing = (value) =>
  value === '' || (typeof value === 'object' && value !== null && Object.keys(value).length === 0)
const amongst =
  (...harmless: readonly unknown[]): ChangesNothing =>
  (value) =>
    harmless.includes(value)

/** Parameters of both kinds of completion that would change the answer, with the values that would not. */
const ofCompletions = {
  n: one,
  frequency_penalty: zero,
  presence_penalty: zero,
  logit_bias: empty,
}

/** Parameters of chat completions that this version cannot honour, with the values that change nothing. */
export const unsupportedInChat: Readonly<Record<string, ChangesNothing>> = {
  ...ofCompletions,
  tools: empty,
  tool_choice: amongst('none', 'auto'),
  functions: empty,
  function_call: amongst('none', 'auto'),
  response_format: (value) => (value as { type?: unknown }).type === 'text',
  logprobs: off,
  top_logprobs: zero,
  modalities: (value) => Array.isArray(value) && value.every((modality) => modality === 'text'),
  audio: never,
  web_search_options: never,
}

/** Parameters of text completions that this version cannot honour, with the values that change nothing. */
export const unsupportedInCompletions: Readonly<Record<string, ChangesNothing>> = {
  ...ofCompletions,
  echo: off,
  suffix: empty,
  best_of: one,
  logprobs: off,
}

/** Fields of a chat message that this version cannot honour, with the values that change nothing. */
export const unsupportedInMessages: Readonly<Record<string, ChangesNothing>> = {
  tool_calls: empty,
  function_call: never,
  audio: never,
}

/**
 * Throws `unsupported_parameter` for the first parameter of the table that is there with a value that would change the
 * answer: ignoring it in silence would give a wrong answer. Absent and `null` are fine. `prefix` is where the object
 * stands in the request, for the error.
 */
export function refuseUnsupported(fields: object, table: Readonly<Record<string, ChangesNothing>>, prefix = ''): void {
  for (const [name, changesNothing] of Object.entries(table)) {
    const value: unknown = Object.hasOwn(fields, name) ? fields[name as keyof typeof fields] : undefined
    if (value === undefined || value === null || changesNothing(value)) continue
    throw new ServerError('unsupported_parameter', { param: prefix + name, problem: 'this version cannot honour it' })
  }
}
