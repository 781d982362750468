import { isJsonObject } from '../../grammar/json-schema/json-value.ts'
import { deepestJson, isTooDeep } from '../json-depth.ts'

/** Why a text cannot be the arguments of an earlier call, if so: they are the JSON text of an object. */
export function argumentsProblem(text: string): string | undefined {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return 'expected the JSON text of an object, and it is not JSON'
  }
  if (isTooDeep(value)) return `it is nested deeper than ${deepestJson} levels`
  return isJsonObject(value) ? undefined : 'expected the JSON text of an object, and it is something else'
}
