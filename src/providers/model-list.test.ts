import { expect, test } from 'bun:test'
import { isModelList, readModels } from './model-list.ts'

const plain = { provider: 'p', models: [], hasOnlyThese: false }
const ids = (answer: unknown, names: Partial<Parameters<typeof readModels>[1]> = {}) =>
  readModels(answer, { ...plain, ...names }).models.map(({ id }) => id)

test('reads lists as OpenAI has them, and barer ones', () => {
  expect(ids({ object: 'list', data: [{ id: 'a', created: 5 }, { id: 'b/c:d' }] })).toEqual(['p/a', 'p/b/c:d'])
  expect(ids([{ id: 'a' }])).toEqual(['p/a'])
  expect(ids({ models: [{ name: 'a' }, 'b'] })).toEqual(['p/a', 'p/b'])
  expect(readModels({ data: [{ id: 'a', created: 5 }] }, plain).models[0]).toMatchObject({ createdSeconds: 5 })
})

test('models of the configuration stand first, whatever the provider says', () => {
  const models = [['small', 'qwen'] as const, ['mine', 'absent'] as const]
  const answer = { data: [{ id: 'other' }, { id: 'qwen', created: 9 }, { id: 'small' }] }
  expect(ids(answer, { models })).toEqual(['p/small', 'p/mine', 'p/other'])
  expect(ids(answer, { models, hasOnlyThese: true })).toEqual(['p/small', 'p/mine'])
  expect(ids(undefined, { models })).toEqual(['p/small', 'p/mine'])
  expect(readModels(answer, { ...plain, models }).models[0]).toMatchObject({ upstreamId: 'qwen', createdSeconds: 9 })
})

test('what is hostile does no harm', () => {
  const bad = [
    null,
    5,
    {},
    { id: 5 },
    { id: '' },
    { id: 'a\nb' },
    { id: '\u202ea' },
    { id: 'x'.repeat(257) },
    { id: ' a' },
    [],
  ]
  expect(readModels({ data: [...bad, { id: 'good', created: 'yesterday' }] }, plain)).toMatchObject({
    models: [{ id: 'p/good' }],
    dropped: bad.length,
  })
  for (const odd of [undefined, null, 'text', 5, { data: {} }, { data: null }]) expect(ids(odd)).toEqual([])
  expect(ids({ data: [{ id: '__proto__' }, { id: 'constructor' }] })).toEqual(['p/__proto__', 'p/constructor'])
  const many = { data: Array.from({ length: 13_000 }, (_, at) => ({ id: `m${at}` })) }
  expect(readModels(many, plain)).toMatchObject({ dropped: 3000 })
  expect(ids({ data: [{ id: 'twice' }, { id: 'twice' }] })).toEqual(['p/twice'])
  expect(
    readModels(
      {
        data: [
          { id: 'a', created: 1e300 },
          { id: 'b', created: -1 },
        ],
      },
      plain,
    ).models,
  ).toEqual([
    { id: 'p/a', upstreamId: 'a', provider: 'p', said: { id: 'a', created: 1e300 } },
    { id: 'p/b', upstreamId: 'b', provider: 'p', said: { id: 'b', created: -1 } },
  ])
})

test('what is no list of models is told apart from an empty one', () => {
  for (const list of [[], { data: [] }, { object: 'list', data: null }, { models: [] }])
    expect(isModelList(list)).toBe(true)
  for (const other of [{ error: 'Unexpected endpoint or method. (GET /models)' }, {}, 'text', 5, null])
    expect(isModelList(other)).toBe(false)
})
