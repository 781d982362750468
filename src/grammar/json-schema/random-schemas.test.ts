import { expect, test } from 'bun:test'
import { randomSchema } from '../../../test/random-schemas.ts'
import { TextSampler } from '../../../test/sample-text.ts'
import { SeededRandom } from '../../../test/seeded-random.ts'
import { jsonValidator } from '../../../test/validate-json.ts'
import { jsonSchemaGrammar } from './json-schema.ts'

test('whatever is drawn from the grammar of a random schema is valid against it', () => {
  for (let seed = 1; seed <= 500; seed++) {
    const random = new SeededRandom(seed)
    const schema = randomSchema(random)
    const sampler = new TextSampler(jsonSchemaGrammar(schema, 'schema'))
    const validate = jsonValidator(schema)
    for (let count = 0; count < 4; count++) {
      const text = sampler.sample(random)
      const problem = validate(text)
      if (problem) throw new Error(`Seed ${seed}: ${problem}\n${text}\n${JSON.stringify(schema)}`)
    }
  }
}, 60_000)

test('the same seed makes the same schema', () => {
  expect(randomSchema(new SeededRandom(12))).toEqual(randomSchema(new SeededRandom(12)))
})
