import { expect, test } from 'bun:test'
import { createGate } from '../../../test/fakes/gate.ts'
import { openServer } from '../../../test/fakes/open-server.ts'
import type { FakeOptions } from '../../runtimes/fake/fake-runtime.ts'
import { createApiKeyStore } from '../../store/create-api-key-store.ts'
import { inMemory } from '../../store/database.ts'
import { createKeyRing } from '../../store/key-ring.ts'

const names = ['ann', 'bob', 'admin'] as const
type Name = (typeof names)[number]

/** A server with a key for each name; `resp_kept` is a response that was made while no key was asked for. */
function openWithKeys(runtime: FakeOptions = {}) {
  let time = 1_770_000_000_000
  const now = () => time
  const store = createApiKeyStore({ path: inMemory, now })
  const secrets = new Map(
    names.map((name) => [name, store.create({ name, scopes: [name === 'admin' ? 'admin' : 'inference'] }).secret]),
  )
  const keys = createKeyRing({ store, given: [], isRequired: 'auto', isForOthers: false, now })
  const open = openServer({ keys, keyStore: store, runtime })
  const send = async (name: Name, [method, rest]: readonly [string, string], body?: object) => {
    const response = await fetch(`${open.server.url}/v1/responses${rest}`, {
      method,
      headers: { 'content-type': 'application/json', authorization: `Bearer ${secrets.get(name)}` },
      ...(body && { body: JSON.stringify(body) }),
    })
    const said = (await response.json()) as { id?: string; error?: { code: string }; output?: { id: string }[] }
    return { status: response.status, code: said.error?.code, said }
  }
  const make = async (name: Name, body: object = {}) => {
    const { status, said } = await send(name, ['POST', ''], { input: 'Say hello.', ...body })
    expect(status).toBe(200)
    return String(said.id)
  }
  return Object.assign(open, {
    send,
    make,
    rotate(name: Name) {
      secrets.set(name, store.rotate(name).secret)
      // A server believes for a moment that its file is as it was.
      time += 1000
    },
  })
}

/** Everything that may be done with a response by its id, but deleting it. */
const uses = (id: string): readonly (readonly [readonly [string, string], object?])[] => [
  [['GET', `/${id}`]],
  [['GET', `/${id}?stream=true`]],
  [['GET', `/${id}/input_items`]],
  [['POST', `/${id}/cancel`]],
  [['POST', ''], { input: 'Again.', previous_response_id: id }],
  [['POST', '/input_tokens'], { input: 'Again.', previous_response_id: id }],
  [['DELETE', `/${id}`]],
]

/** A refusal without the name of its request. */
const bare = (said: object) => JSON.stringify(said).replace(/"request_id":"[^"]+"/, '')

test('for the keys of others a response is not there, as if there had never been one', async () => {
  await using open = openWithKeys()
  const id = await open.make('ann')
  const absentUses = uses('resp_absent')
  for (const [index, [target, body]] of uses(id).entries()) {
    const foreign = await open.send('bob', target, body)
    const [absentTarget = target, absentBody] = absentUses[index] ?? []
    const absent = await open.send('bob', absentTarget, absentBody)
    expect([foreign.status, foreign.code]).toEqual([absent.status, absent.code])
    expect(foreign.status).toBeGreaterThanOrEqual(400)
    expect(bare(foreign.said).replaceAll(id, 'resp_absent')).toBe(bare(absent.said))
  }
  expect((await open.send('ann', ['GET', `/${id}`])).status).toBe(200)
})

test('with its own key, also once that was rotated, and with one of an admin, everything goes', async () => {
  await using open = openWithKeys()
  for (const name of ['ann', 'admin'] as const) {
    const id = await open.make('ann')
    if (name === 'ann') open.rotate('ann')
    expect((await open.send(name, ['GET', `/${id}`])).status).toBe(200)
    expect((await open.send(name, ['GET', `/${id}/input_items`])).status).toBe(200)
    const next = await open.make(name, { previous_response_id: id })
    expect((await open.send(name, ['DELETE', `/${next}`])).status).toBe(200)
    expect((await open.send(name, ['DELETE', `/${id}`])).status).toBe(200)
    expect((await open.send(name, ['GET', `/${id}`])).code).toBe('response_not_found')
  }
})

test("what an admin's key has made is not there for others", async () => {
  await using open = openWithKeys()
  const id = await open.make('admin')
  expect((await open.send('ann', ['GET', `/${id}`])).code).toBe('response_not_found')
})

test('what was made while no key was asked for is everybody’s', async () => {
  await using open = openWithKeys()
  for (const name of names) expect((await open.send(name, ['GET', '/resp_kept'])).status).toBe(200)
  const id = await open.make('bob', { previous_response_id: 'resp_kept' })
  expect((await open.send('ann', ['GET', `/${id}`])).code).toBe('response_not_found')
})

test('items of the responses of others cannot be named in the input', async () => {
  await using open = openWithKeys()
  const { said } = await open.send('ann', ['POST', ''], { input: 'Say hello.' })
  const input = [{ type: 'item_reference', id: said.output?.[0]?.id }]
  expect((await open.send('bob', ['POST', ''], { input })).status).toBe(400)
  for (const name of ['ann', 'admin'] as const)
    expect((await open.send(name, ['POST', ''], { input: [...input, { role: 'user', content: 'x' }] })).status).toBe(
      200,
    )
})

test('a response in the background cannot be seen, cancelled or deleted with the keys of others', async () => {
  const gate = createGate(1)
  await using open = openWithKeys({ gate: gate.hold })
  const id = await open.make('ann', { background: true })
  const { signal } = await gate.arrival()
  for (const target of [
    ['GET', `/${id}`],
    ['GET', `/${id}?stream=true`],
    ['POST', `/${id}/cancel`],
    ['DELETE', `/${id}`],
  ] as const)
    expect((await open.send('bob', target)).code).toBe('response_not_found')
  expect(signal.aborted).toBe(false)
  expect((await open.send('admin', ['GET', `/${id}`])).said).toMatchObject({ status: 'in_progress' })
  expect((await open.send('ann', ['POST', `/${id}/cancel`])).said).toMatchObject({ status: 'cancelled' })
  gate.open()
  expect((await open.send('bob', ['GET', `/${id}`])).code).toBe('response_not_found')
  expect((await open.send('ann', ['DELETE', `/${id}`])).status).toBe(200)
})
