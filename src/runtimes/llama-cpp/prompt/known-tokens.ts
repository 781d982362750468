import { ServerError } from '../../../core/errors.ts'

/** Throws `invalid_parameter` when an id is not in the vocabulary: llama.cpp would read beyond its tables. */
export function demandKnownTokens(tokens: readonly number[], vocabularySize: number, param: string): void {
  const wrong = tokens.find((token) => !(token >= 0 && token < vocabularySize))
  if (wrong === undefined) return
  const problem = `token ${wrong} is not one of the model's ${vocabularySize}`
  throw new ServerError('invalid_parameter', { param, problem })
}
