import Ajv2020, { type ValidateFunction } from 'ajv/dist/2020'
import addFormats from 'ajv-formats'

/**
 * A validator of JSON texts by an implementation of JSON Schema that is not ours: says what is wrong, if anything.
 * `multipleOf` is asked of the decimals, as ajv divides doubles, by which 19.99 would be no multiple of 0.01.
 */
export function jsonValidator(schema: unknown): (text: string) => string | undefined {
  const ajv = /"\$(id|anchor|dynamicAnchor)"/.test(JSON.stringify(schema)) ? makeAjv() : common
  const validate: ValidateFunction = ajv.compile(schema as object | boolean)
  return (text) => {
    const value: unknown = JSON.parse(text)
    return validate(value) ? undefined : ajv.errorsText(validate.errors)
  }
}

/** For schemas without names that another one could have too. */
const common = makeAjv()

function makeAjv(): Ajv2020 {
  const ajv = new Ajv2020({ strict: false, logger: false, validateSchema: false, ownProperties: true })
  addFormats(ajv)
  ajv.removeKeyword('multipleOf')
  ajv.addKeyword({
    keyword: 'multipleOf',
    type: 'number',
    schemaType: 'number',
    validate: (step: number, value: number) => isMultiple(value, step),
  })
  return ajv
}

function isMultiple(value: number, step: number): boolean {
  const places = Math.max(0, placesOf(step))
  if (placesOf(value) > places) return false
  const scale = (number: number) => BigInt(number.toFixed(places).replace('.', ''))
  return scale(value) % scale(step) === 0n
}

function placesOf(value: number): number {
  const [, fraction = '', exponent = '0'] = /^-?\d+(?:\.(\d+))?(?:e([+-]\d+))?$/.exec(String(value)) ?? []
  return Math.max(0, fraction.length - Number(exponent))
}
