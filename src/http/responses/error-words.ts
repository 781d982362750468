import { reviveError, ServerError } from '../../core/errors.ts'

/** The parameters of responses that hold what the vocabulary of this server calls otherwise. */
const words: readonly (readonly [inside: RegExp, outside: string])[] = [
  [/^messages\b.*$/, 'input'],
  [/^maxTokens$/, 'max_output_tokens'],
  [/^response_format\.json_schema\b/, 'text.format'],
  [/^response_format\b/, 'text.format'],
  [/^(tools\[\d+\])\.function\b/, '$1'],
]

/** An error of the engine, with the name of the parameter that a client of responses knows. */
export function inWordsOfResponses(error: unknown): unknown {
  if (!(error instanceof ServerError) || error.param === undefined) return error
  const [inside, outside] = words.find(([pattern]) => pattern.test(error.param ?? '')) ?? []
  if (inside === undefined || outside === undefined) return error
  return reviveError({ code: error.code, facts: { ...error.facts, param: error.param.replace(inside, outside) } })
}
