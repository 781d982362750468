import { expect, test } from 'bun:test'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ensureDefaultModels } from './ensure-default-models.ts'

/** Nothing can be fetched here: no entry has a source. */
async function ensure(names: readonly string[]): Promise<unknown> {
  const modelsDir = await mkdtemp(join(tmpdir(), 'hearth-defaults-'))
  try {
    return await ensureDefaultModels({
      catalog: ['a', 'b'].map((id) => ({ id, kind: 'chat', file: `${id}.gguf`, sources: [] })),
      names,
      modelsDir,
      environment: {},
      signal: new AbortController().signal,
      log: { info: () => {}, warn: () => {} },
    }).catch((error) => error)
  } finally {
    await rm(modelsDir, { recursive: true })
  }
}

test('when several models cannot be fetched, each error is there to be told', async () => {
  expect(await ensure(['a'])).toMatchObject({ code: 'model_pull_failed', facts: { model: 'a' } })
  const both = await ensure(['a', 'b'])
  expect(both).toBeInstanceOf(AggregateError)
  expect((both as AggregateError).errors.map(({ facts }) => facts.model)).toEqual(['a', 'b'])
})

test('a name that no catalog has is left to the server', async () => {
  expect(await ensure(['mine'])).toEqual([])
})
