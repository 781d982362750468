import { expect, test } from 'bun:test'
import { existsSync, readFileSync } from 'node:fs'
import { generatedFiles, pathOf } from './generated-files.ts'

for (const generated of generatedFiles) {
  test(`${generated.file} is what its generator makes`, async () => {
    const path = pathOf(generated)
    const current = existsSync(path) ? readFileSync(path, 'utf8') : undefined
    const isFresh = current === (await generated.make(current))
    expect(isFresh ? 'fresh' : `${generated.file} is out of date: run \`npm run generate\``).toBe('fresh')
  })
}
