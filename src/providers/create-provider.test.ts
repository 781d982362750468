import { expect, spyOn, test } from 'bun:test'
import { chatCall, openProvider, plantedKey, refusal, textOf } from '../../test/conformance/provider-under-test.ts'
import { startFakeUpstream } from '../../test/fakes/fake-upstream.ts'
import { createFakeWorld } from '../../test/fakes/fake-world.ts'
import { createMemoryLog } from '../../test/fakes/memory-log.ts'
import { createGate } from '../../test/fakes/piece-gate.ts'
import { errorAnswer, jsonAnswer } from '../../test/fakes/upstream-shapes.ts'
import { createProvider } from './create-provider.ts'
import { knock } from './knock.ts'
import { settingsOf } from './settings.ts'

const under = { name: 'custom', kind: 'generic' } as const

test('a redirection is not followed: whoever it leads to sees neither key nor prompt', async () => {
  await using other = await startFakeUpstream()
  await using open = await openProvider(under)
  open.upstream.fail({ status: 307, headers: { location: `${other.url}/chat/completions?token=x` }, body: '' })
  const error = await refusal(open.provider.send(chatCall()))
  expect(error).toMatchObject({ code: 'upstream_failed' })
  expect(error.message).toContain(`${other.url}/chat/completions`)
  expect(error.message).not.toContain('token')
  expect(other.requests.length).toBe(0)
})

test('goes over the proxy that the address takes', async () => {
  await using proxy = await startFakeUpstream()
  const settings = settingsOf({ name: 'custom', isConfigured: true, addresses: ['http://far.example/v1'] })
  const { origin } = new URL(proxy.url)
  using owned = createProvider({ settings, log: createMemoryLog(), world: createFakeWorld(), proxyFor: () => origin })
  await textOf(await owned.provider.send(chatCall()))
  expect(proxy.requests[0]?.path).toBe('http://far.example/v1/chat/completions')
})

test('a machine that takes no more connections may end the answer that has begun', async () => {
  const gate = createGate()
  await using open = await openProvider(under, {
    wish: { connectSeconds: 0.02, retries: 0 },
    fake: { beforePiece: gate.pass },
  })
  const [asked, found] = [Promise.withResolvers<void>(), Promise.withResolvers<boolean>()]
  open.world.knock = () => {
    asked.resolve()
    return found.promise
  }
  open.upstream.fail('half-open')
  const sending = open.provider.send(chatCall())
  await asked.promise
  gate.release(1)
  const { body } = await sending
  expect(await body.read()).toBeDefined()
  const rest = body.read()
  found.resolve(false)
  await new Promise((resolve) => setImmediate(resolve))
  body.cancel()
  expect(await rest).toBeUndefined()
})

for (const status of [200, 500])
  test(`an answer of ${status} whose body cannot be had any more has broken off`, async () => {
    await using open = await openProvider(under, { wish: { retries: 0 } })
    const response = new Response('', { status, headers: { 'content-type': 'application/json' } })
    const get = () => {
      throw Object.assign(new TypeError('The socket connection was closed unexpectedly.'), { code: 'ECONNRESET' })
    }
    using fetching = spyOn(globalThis, 'fetch').mockResolvedValue(Object.defineProperty(response, 'body', { get }))
    const code = status === 200 ? 'upstream_broken' : 'upstream_failed'
    expect(await refusal(open.provider.send(chatCall()).then(textOf))).toMatchObject({ code })
    expect(fetching).toHaveBeenCalledTimes(1)
    expect(open.provider.status()).toMatchObject([{ busy: 0, counts: { failures: 1 } }])
  })

test('a machine that does not take connections is not waited for as an answer is', async () => {
  await using open = await openProvider(under, { wish: { connectSeconds: 0.02, retries: 0 } })
  open.world.isSomebodyThere = false
  open.upstream.fail('silent')
  const error = await refusal(open.provider.send(chatCall()))
  expect(error).toMatchObject({ code: 'upstream_unreachable' })
  expect(error.message).toContain('within 0.02 s')
  await open.upstream.abandoned()
})

test('whoever takes or refuses a connection is there', async () => {
  const upstream = await startFakeUpstream()
  const url = new URL(upstream.url)
  expect(await knock(url, 5000, new AbortController().signal)).toBe(true)
  await upstream[Symbol.asyncDispose]()
  expect(await knock(url, 5000, new AbortController().signal)).toBe(true)
})

test('what a provider says twice, its keys and the headers of the configuration, is told by nobody', async () => {
  const headers = { 'x-team': 'planted-team-secret' }
  await using open = await openProvider(under, { wish: { headers, retries: 1 } })
  const said = `Key ${plantedKey} of team planted-team-secret is odd`
  open.upstream.fail(
    errorAnswer('generic', { status: 503, message: said, code: plantedKey }),
    errorAnswer('generic', { status: 500, message: said, code: plantedKey }),
  )
  const error = await refusal(open.provider.send(chatCall()))
  const told = JSON.stringify([
    error,
    error.message,
    error.hint,
    error.upstream,
    open.log.lines,
    open.provider.status(),
  ])
  expect(told).toContain('is odd')
  expect(told).not.toContain('planted')
})

test('a request that waits to be sent again leaves an address alone that has been given up meanwhile', async () => {
  await using open = await openProvider(under, { wish: { retries: 1 } })
  open.upstream.failAlways('reset-before-head')
  const waiting = Promise.withResolvers<void>()
  const { wait } = open.world
  const held = Promise.withResolvers<void>()
  open.world.wait = () => {
    open.world.wait = wait
    held.resolve()
    return waiting.promise
  }
  const first = refusal(open.provider.send(chatCall()))
  await held.promise
  for (let number = 0; number < 2; number++) await refusal(open.provider.send(chatCall()))
  expect(open.provider.status()).toMatchObject([{ breaker: 'open', busy: 0 }])
  const sent = open.upstream.requests.length
  waiting.resolve()
  expect(await first).toMatchObject({ code: 'upstream_failed' })
  expect(open.upstream.requests.length).toBe(sent)
})

test('an address of which every stream breaks off is left alone too', async () => {
  await using open = await openProvider(under)
  for (let number = 0; number < 5; number++) {
    open.upstream.fail('reset-mid-stream')
    const answer = await open.provider.send(chatCall({ isStreamed: true }))
    expect(await refusal(textOf(answer))).toMatchObject({ code: 'upstream_broken' })
  }
  expect(await refusal(open.provider.send(chatCall()))).toMatchObject({ code: 'upstream_unavailable' })
})

test('what a provider says of one request is told to nobody else', async () => {
  await using open = await openProvider(under, { wish: { retries: 0 } })
  open.upstream.failAlways(
    errorAnswer('generic', { status: 500, message: 'cannot parse: my planted prompt', code: 'x' }),
  )
  for (let number = 0; number < 5; number++)
    expect((await refusal(open.provider.send(chatCall()))).message).toContain('my planted prompt')
  const error = await refusal(open.provider.send(chatCall()))
  expect(error).toMatchObject({ code: 'upstream_unavailable' })
  expect(error.message).toContain('500 (Internal Server Error)')
  expect(JSON.stringify([error.message, open.log.lines, open.provider.status()])).not.toContain('planted')
})

test('errors that are packed although nobody wanted it are understood, and never unpacked beyond their bound', async () => {
  await using open = await openProvider(under)
  const packed = (status: number, text: string) => ({
    status,
    headers: { 'content-encoding': 'gzip', 'content-type': 'application/json' },
    body: Buffer.from(Bun.gzipSync(text)).toString('latin1'),
    encoding: 'latin1' as const,
  })
  open.upstream.fail(
    packed(404, JSON.stringify({ error: { message: 'no such model', code: 'model_not_found' } })),
    packed(400, `{"error":{"message":"${'x'.repeat(20_000_000)}`),
    { ...packed(400, 'x'), headers: { 'content-encoding': 'br' } },
  )
  const missing = await refusal(open.provider.send(chatCall()))
  expect(missing).toMatchObject({ code: 'upstream_model_not_found' })
  expect(missing.upstream).toMatchObject({ status: 404, code: 'model_not_found' })
  expect((await refusal(open.provider.send(chatCall()))).message).toContain('xxxx')
  expect((await refusal(open.provider.send(chatCall()))).message).toContain('400 (Bad Request)')
})

test('a redirection to no address of the web is told as what it is', async () => {
  await using open = await openProvider(under)
  open.upstream.fail({ status: 302, headers: { location: 'file:///etc/passwd' }, body: '' })
  expect((await refusal(open.provider.send(chatCall()))).message).toContain('to file:///etc/passwd, which')
})

test('the key stands in the header that the provider has for it', async () => {
  await using open = await openProvider(under, { wish: { keyHeader: 'api-key' }, fake: { key: undefined as never } })
  await textOf(await open.provider.send(chatCall()))
  expect(open.upstream.requests[0]?.headers).toMatchObject({ 'api-key': plantedKey })
  expect(open.upstream.requests[0]?.headers.authorization).toBeUndefined()
})

test('the log tells when an address is left alone, and when it answers again', async () => {
  await using open = await openProvider(under, { wish: { retries: 0 } })
  open.upstream.failAlways('reset-before-head')
  for (let number = 0; number < 5; number++) await refusal(open.provider.send(chatCall()))
  expect(open.log.lines.filter(({ level }) => level === 'warn')).toHaveLength(1)
  open.upstream.failAlways(undefined)
  open.world.pass(5000)
  await textOf(await open.provider.send(chatCall()))
  expect(open.log.lines.at(-1)).toMatchObject({
    level: 'info',
    facts: { provider: 'custom', address: open.upstream.url },
  })
})

test('lists of models that are hostile are survived', async () => {
  const lists = [
    {
      status: 200,
      headers: { 'content-type': 'application/json' },
      body: `{"data":[${'{"id":"a"},'.repeat(400_000)}{}]}`,
    },
    { status: 200, headers: { 'content-type': 'text/html' }, body: '<html>' },
    { status: 200, body: '' },
    { status: 200, body: '[[[[' },
  ]
  for (const list of lists) {
    await using open = await openProvider(under)
    open.upstream.failAlways(list)
    expect(await refusal(open.provider.models(new AbortController().signal))).toMatchObject({ code: 'upstream_failed' })
  }
  await using open = await openProvider(under)
  open.upstream.failAlways(jsonAnswer(200, { data: [{ id: 'a\u0000b' }, { id: 'good' }, 7] }))
  expect((await open.provider.models(new AbortController().signal)).map(({ id }) => id)).toEqual(['custom/good'])
  expect(open.log.lines).toMatchObject([{ level: 'warn', facts: { dropped: 2 } }])
})

test('models of the configuration are there although nobody answers', async () => {
  await using open = await openProvider(under, { wish: { models: { small: 'fake' }, retries: 0 } })
  open.upstream.failAlways('reset-before-head')
  expect((await open.provider.models(new AbortController().signal)).map(({ id }) => id)).toEqual(['custom/small'])
})

test('an answer that is packed is unpacked, and one in a way that nobody knows is refused', async () => {
  const text = JSON.stringify({ answer: 'x'.repeat(1000) })
  await using open = await openProvider(under)
  // A body of a fake is text; these bytes are those of gzip.
  const packed = Buffer.from(Bun.gzipSync(text)).toString('latin1')
  open.upstream.fail(
    { status: 200, headers: { 'content-encoding': 'gzip' }, body: packed, encoding: 'latin1' },
    { status: 200, headers: { 'content-encoding': 'br' }, body: 'x' },
  )
  const answer = await open.provider.send(chatCall())
  expect(answer.headers.get('content-encoding')).toBeNull()
  expect(await textOf(answer)).toBe(text)
  expect(await refusal(open.provider.send(chatCall()))).toMatchObject({ code: 'upstream_failed' })
})

test('no path leads out of the API, whatever it is made of', async () => {
  await using open = await openProvider(under)
  for (const path of ['../admin', 'files/%2e%2e/%2E%2e/admin', '..', '.%2e/x', 'files/../../x', '..\\x', '/../../x']) {
    const error = await refusal(open.provider.send(chatCall({ path })))
    expect(`${path} ${error.code}`).toBe(`${path} invalid_parameter`)
  }
  expect(open.upstream.requests.length).toBe(0)
  expect(open.provider.status()[0]?.busy).toBe(0)
  await textOf(await open.provider.send(chatCall({ path: 'files/a%2fb?after=../x' })))
  expect(open.upstream.requests[0]?.path).toBe('/v1/files/a%2fb?after=../x')
})

test('a header that nobody can send does not count against the provider', async () => {
  await using open = await openProvider(under)
  const headers = { 'x-odd': 'a\u0000b', 'x-wide': '\u4f60', 'x-line': 'a\r\nb', 'x-good': 'é' }
  await textOf(await open.provider.send(chatCall({ headers })))
  expect(Object.keys(open.upstream.requests[0]?.headers ?? {}).filter((name) => name.startsWith('x-'))).toEqual([
    'x-good',
    'x-request-id',
  ])
})

test('an answer in one piece that drips for ever ends', async () => {
  const { beforePiece, stop } = drips()
  await using open = await openProvider(under, {
    wish: { firstByteSeconds: 0.05, idleSeconds: 0.05 },
    fake: { beforePiece, pieces: Array.from({ length: 1000 }, () => 'x') },
  })
  // A stream, asked for by somebody who says that it is none.
  const answer = await open.provider.send(chatCall({ sent: { stream: true } }))
  const error = await refusal(textOf(answer))
  expect(error).toMatchObject({ code: 'upstream_timeout' })
  expect(error.message).toContain('was not whole in that time')
  stop()
})

/** A piece every few milliseconds, so that it is never silent for long. */
function drips() {
  let isOver = false
  return {
    beforePiece: () => (isOver ? undefined : new Promise<void>((resolve) => setTimeout(resolve, 5))),
    stop: () => {
      isOver = true
    },
  }
}

test('a provider that wants a key, where none is set, has the variable told that would hold it', async () => {
  await using open = await openProvider(under, { wish: { key: { type: 'none' } } })
  open.upstream.failAlways(errorAnswer('generic', { status: 401, message: 'Who are you?', code: 'no_key' }))
  const error = await refusal(open.provider.send(chatCall()))
  expect(error).toMatchObject({ code: 'upstream_key_refused', status: 502 })
  expect(error.hint).toMatch(/Set [A-Z_]+_API_KEY to its key/)
})

test('an answer that is no list of models is a failure, and no empty list', async () => {
  await using open = await openProvider(under)
  open.upstream.failAlways(jsonAnswer(200, { error: 'Unexpected endpoint or method. (GET /models)' }))
  const error = await refusal(open.provider.models(new AbortController().signal))
  expect(error).toMatchObject({ code: 'upstream_failed' })
  expect(error.message).toContain('base_url')
})
