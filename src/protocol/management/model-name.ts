import { invalidParameter } from '../../core/errors.ts'
import { theOne } from '../openai/the-one.ts'

/** The model that is named, in either spelling. Throws `invalid_parameter` where both are there and differ. */
export const toModelName = (names: { readonly model?: string | null; readonly model_name?: string | null }) =>
  theOne({ model: names.model, model_name: names.model_name })?.value

/** The same, of a request that must name one. */
export function toRequiredModelName(names: Parameters<typeof toModelName>[0]): string {
  const name = toModelName(names)
  if (name === undefined) throw invalidParameter('model', 'it is missing; expected the name of a model')
  return name
}
