import { describe, expect, test } from 'bun:test'
import { deadAddress, type Fault } from '../fakes/fake-upstream.ts'
import { createGate } from '../fakes/piece-gate.ts'
import { busyAnswer, pageAnswer } from '../fakes/upstream-shapes.ts'
import { chatCall, openProvider, type ProviderUnderTest, plantedKey, refusal, textOf } from './provider-under-test.ts'

/** Every promise of `core/provider.ts`, for any provider. */
export function providerSuite(under: ProviderUnderTest): void {
  describe(`the provider ${under.name}, at a server like ${under.kind}`, () => {
    answerCases(under)
    refusalCases(under)
    retryCases(under)
    streamCases(under)
  })
}

function answerCases(under: ProviderUnderTest): void {
  test('answers a chat, and sends its own key and nobody else’s', async () => {
    await using open = await openProvider(under)
    const headers = {
      'content-type': 'application/json',
      authorization: 'Bearer client',
      cookie: 'a=b',
      'x-title': 'mine',
    }
    const answer = await open.provider.send(chatCall({ headers }))
    expect(answer.status).toBe(200)
    expect(answer.address).toBe(open.upstream.url)
    expect(JSON.parse(await textOf(answer)).choices[0].message.content).toBe('Good day.')
    const [request] = open.upstream.requests
    expect(request).toMatchObject({ method: 'POST', path: '/v1/chat/completions' })
    expect(request?.headers).toMatchObject({
      authorization: `Bearer ${plantedKey}`,
      'x-request-id': 'request-1',
      'accept-encoding': 'identity',
      'x-title': 'mine',
    })
    expect(request?.headers.cookie).toBeUndefined()
    expect(JSON.parse(String(request?.body))).toMatchObject({ model: 'fake' })
    expect(open.provider.status()).toMatchObject([{ address: open.upstream.url, breaker: 'closed', busy: 0 }])
  })

  test('answers completions, and whatever else it is able to', async () => {
    await using open = await openProvider(under)
    const paths = { completions: 'completions', embeddings: 'embeddings', responses: 'responses' } as const
    for (const [ability, path] of Object.entries(paths)) {
      if (!open.provider.abilities.has(ability as keyof typeof paths)) continue
      const answer = await open.provider.send(chatCall({ path, sent: { input: 'a', prompt: 'a' } }))
      expect(JSON.parse(await textOf(answer))).toBeObject()
      expect(open.upstream.requests.at(-1)?.path).toBe(`/v1/${path}`)
    }
  })

  test('names its models, asks once for all who want to know, and knows them for a while', async () => {
    await using open = await openProvider(under, { fake: { models: ['fake', 'large:70b'] } })
    const [one, two] = await Promise.all([open.provider.models(never()), open.provider.models(never())])
    expect(one).toEqual(two)
    expect(one.map(({ id }) => id)).toEqual([`${under.name}/fake`, `${under.name}/large:70b`])
    expect(one[1]).toMatchObject({ upstreamId: 'large:70b', provider: under.name, createdSeconds: 1_700_000_000 })
    await open.provider.models(never())
    expect(open.upstream.requests.length).toBe(1)
  })

  test('knows what its models are called there', async () => {
    await using open = await openProvider(under, { wish: { models: { small: 'fake' } } })
    expect(open.provider.upstreamName('small')).toBe('fake')
    expect(open.provider.upstreamName('other')).toBe('other')
    expect((await open.provider.models(never())).map(({ id }) => id)).toEqual([`${under.name}/small`])
    await using only = await openProvider(under, { wish: { models: { small: 'fake' }, hasOnlyThese: true } })
    expect(only.provider.upstreamName('other')).toBeUndefined()
    expect(only.provider.upstreamName('constructor')).toBeUndefined()
  })
}

function refusalCases(under: ProviderUnderTest): void {
  test('says that a model is not there, with the status and the code that it was told', async () => {
    await using open = await openProvider(under)
    const error = await refusal(open.provider.send(chatCall({ sent: { model: 'absent' } })))
    expect(error).toMatchObject({ code: 'upstream_model_not_found', status: 404, param: 'model' })
    expect(error.upstream).toMatchObject({ provider: under.name, status: 404 })
    expect(error.message).toContain('model "absent" not found')
    expect(open.provider.status()[0]?.busy).toBe(0)
  })

  test('says that its key is refused, and repeats no part of it', async () => {
    await using open = await openProvider(under, { fake: { key: 'another' } })
    const error = await refusal(open.provider.send(chatCall()))
    expect(error).toMatchObject({ code: 'upstream_key_refused', status: 502 })
    expect(JSON.stringify([error.message, error, open.log.lines, open.provider.status()])).not.toContain('planted')
    expect(open.upstream.requests.length).toBe(1)
  })

  test('cannot be used without what it needs, and says what that is', async () => {
    await using open = await openProvider(under, { wish: { key: { type: 'unset', variable: 'SOME_API_KEY' } } })
    expect(open.provider.problem).toMatchObject({ code: 'provider_not_configured' })
    const error = await refusal(open.provider.send(chatCall()))
    expect(`${error.message} ${error.hint}`).toContain('SOME_API_KEY')
    expect(open.upstream.requests.length).toBe(0)
  })

  const causes: readonly [Fault | 'page-502', string, number | undefined][] = [
    ['reset-before-head', 'upstream_failed', undefined],
    ['close-before-head', 'upstream_failed', undefined],
    ['not-http', 'upstream_failed', undefined],
    ['web-page', 'upstream_failed', 200],
    ['page-502', 'upstream_failed', 502],
    ['silent', 'upstream_timeout', undefined],
    ['endless-headers', 'upstream_failed', undefined],
    [{ status: 500, body: '' }, 'upstream_failed', 500],
    [{ status: 500, body: '{"error":{"message":"it br' }, 'upstream_failed', 500],
    [{ status: 422, body: '{"detail":[{"loc":["body","n"],"msg":"too large"}]}' }, 'upstream_rejected', 422],
    [{ status: 404, body: '404 page not found' }, 'upstream_not_found', 404],
    [{ status: 301, headers: { location: 'https://other.example/v1?key=1' }, body: '' }, 'upstream_failed', 301],
  ]
  for (const [cause, code, status] of causes) {
    const name = typeof cause === 'string' ? cause : `${cause.status} '${cause.body}'`
    test(`makes ${code} of ${name}`, async () => {
      await using open = await openProvider(under, { wish: { retries: 0, firstByteSeconds: 0.3 } })
      open.upstream.fail(cause === 'page-502' ? pageAnswer(502) : (cause as Fault))
      const error = await refusal(open.provider.send(chatCall()))
      expect(error).toMatchObject({ code })
      expect(error.upstream).toMatchObject({ provider: under.name, ...(status !== undefined && { status }) })
      expect(open.upstream.requests.length).toBe(1)
      expect(open.provider.status()[0]?.busy).toBe(0)
    })
  }

  test('says where nothing listens', async () => {
    await using open = await openProvider(under, { wish: { addresses: [await deadAddress()] } })
    const error = await refusal(open.provider.send(chatCall()))
    expect(error).toMatchObject({ code: 'upstream_unreachable', status: 502 })
    expect(open.world.pauses).toEqual([125, 250])
  })
}

function retryCases(under: ProviderUnderTest): void {
  test('is asked again when it has too much to do, and what it says in the end is told', async () => {
    await using open = await openProvider(under)
    open.upstream.fail(busyAnswer(under.kind), busyAnswer(under.kind), busyAnswer(under.kind))
    const error = await refusal(open.provider.send(chatCall()))
    expect(error).toMatchObject({ code: 'upstream_overloaded', status: 429 })
    expect(error.retryAfterSeconds).toBeGreaterThan(0)
    expect(open.upstream.requests.length).toBe(3)
    expect(open.world.pauses).toEqual([125, 250])
    open.upstream.fail(busyAnswer(under.kind), 'reset-before-head')
    expect((await open.provider.send(chatCall())).status).toBe(200)
  })

  test('waits as long as it is told, if that is not long', async () => {
    await using open = await openProvider(under, { chance: 0 })
    const date = new Date(open.world.date() + 3000).toUTCString()
    open.upstream.fail(busyAnswer(under.kind, '2'), busyAnswer(under.kind, date))
    await textOf(await open.provider.send(chatCall()))
    expect(open.world.pauses[0]).toBe(2000)
    // A date of HTTP has no parts of seconds; two of them have passed.
    expect(open.world.pauses[1]).toBe(1000)
    open.upstream.fail(busyAnswer(under.kind, '30'))
    const error = await refusal(open.provider.send(chatCall()))
    expect(error).toMatchObject({ code: 'upstream_overloaded', retryAfterSeconds: 30 })
    expect(open.upstream.requests.length).toBe(4)
  })

  test('is not asked twice for what it may have done', async () => {
    await using open = await openProvider(under)
    open.upstream.fail('reset-before-head')
    const call = chatCall({ path: 'files' })
    expect(await refusal(open.provider.send(call))).toMatchObject({ code: 'upstream_failed' })
    expect(open.upstream.requests.length).toBe(1)
    open.upstream.fail(busyAnswer(under.kind))
    await textOf(await open.provider.send(call))
    expect(open.upstream.requests.length).toBe(3)
  })

  test('is left alone after several failures, and tried again later by one', async () => {
    await using open = await openProvider(under, { wish: { retries: 0 } })
    open.upstream.failAlways('reset-before-head')
    for (let number = 0; number < 5; number++) await refusal(open.provider.send(chatCall()))
    const error = await refusal(open.provider.send(chatCall()))
    expect(error).toMatchObject({ code: 'upstream_unavailable', status: 503 })
    expect(error.retryAfterSeconds).toBeGreaterThan(0)
    expect(open.upstream.requests.length).toBe(5)
    expect(open.provider.status()[0]).toMatchObject({ breaker: 'open', busy: 0 })
    open.world.pass(5000)
    expect(open.provider.status()[0]).toMatchObject({ breaker: 'half-open' })
    open.upstream.failAlways(undefined)
    const gateless = open.provider.send(chatCall())
    expect(await refusal(open.provider.send(chatCall()))).toMatchObject({ code: 'upstream_unavailable' })
    await textOf(await gateless)
    expect(open.provider.status()[0]).toMatchObject({ breaker: 'closed' })
  })

  test('mistakes of clients open no breaker', async () => {
    await using open = await openProvider(under)
    for (let number = 0; number < 8; number++)
      await refusal(open.provider.send(chatCall({ sent: { model: 'absent' } })))
    expect(open.upstream.requests.length).toBe(8)
    expect(open.provider.status()[0]?.breaker).toBe('closed')
  })
}

function streamCases(under: ProviderUnderTest): void {
  test('hands on each piece when it comes', async () => {
    const gate = createGate()
    await using open = await openProvider(under, { fake: { beforePiece: gate.pass } })
    gate.release(1)
    const answer = await open.provider.send(chatCall({ isStreamed: true }))
    expect(answer.headers.get('content-type')).toBe('text/event-stream')
    const first = new TextDecoder().decode(await answer.body.read())
    expect(first).toContain('Good')
    expect(first).not.toContain('day')
    expect(open.provider.status()[0]?.busy).toBe(1)
    gate.release(1)
    expect(new TextDecoder().decode(await answer.body.read())).toContain('day')
    gate.release(10)
    expect(await textOf(answer)).toEndWith('data: [DONE]\n\n')
    expect(open.provider.status()[0]?.busy).toBe(0)
  })

  test('tells the usage of a stream', async () => {
    await using open = await openProvider(under)
    expect(open.provider.tellsStreamUsage).toBe(true)
    const sent = { stream_options: { include_usage: true } }
    expect(await textOf(await open.provider.send(chatCall({ isStreamed: true, sent })))).toContain('"total_tokens":10')
  })

  const breaks: readonly [Fault, string][] = [
    ['reset-mid-stream', 'upstream_broken'],
    ['truncated', 'upstream_broken'],
    ['malformed-chunk', 'upstream_broken'],
    ['half-open', 'upstream_timeout'],
  ]
  for (const [fault, code] of breaks)
    test(`ends a stream that is ${fault} with ${code}, and asks nobody again`, async () => {
      await using open = await openProvider(under, { wish: { idleSeconds: 0.2 } })
      open.upstream.fail(fault)
      const answer = await open.provider.send(chatCall({ isStreamed: true }))
      expect(await refusal(textOf(answer))).toMatchObject({ code })
      expect(open.upstream.requests.length).toBe(1)
      expect(open.provider.status()[0]?.busy).toBe(0)
    })

  for (const fault of ['short-body', 'reset-mid-stream', 'not-packed'] as const)
    test(`ends an answer in one piece that is ${fault} with upstream_broken`, async () => {
      await using open = await openProvider(under)
      open.upstream.fail(fault)
      const answer = await open.provider.send(chatCall())
      expect(await refusal(textOf(answer))).toMatchObject({ code: 'upstream_broken' })
    })

  test('closes the connection when the caller leaves, before the head and after it', async () => {
    await using open = await openProvider(under)
    open.upstream.fail('silent', 'half-open')
    const early = new AbortController()
    const waiting = refusal(open.provider.send(chatCall({ signal: early.signal })))
    await open.upstream.seen(1)
    early.abort(new Error('gone early'))
    expect((await waiting).message).toBe('gone early')
    expect((await open.upstream.abandoned()).path).toBe('/v1/chat/completions')
    const late = new AbortController()
    const answer = await open.provider.send(chatCall({ isStreamed: true, signal: late.signal }))
    await answer.body.read()
    late.abort(new Error('gone late'))
    expect((await refusal(answer.body.read())).message).toBe('gone late')
    await open.upstream.abandoned()
    expect(open.provider.status()).toMatchObject([{ address: open.upstream.url, breaker: 'closed', busy: 0 }])
  })

  test('closes the connection when nobody wants more of the body', async () => {
    await using open = await openProvider(under)
    open.upstream.fail('half-open')
    const answer = await open.provider.send(chatCall({ isStreamed: true }))
    answer.body.cancel()
    await open.upstream.abandoned()
    expect(open.provider.status()[0]?.busy).toBe(0)
  })

  test('an answer of which all that is wanted has come is whole, though its connection does not end', async () => {
    await using open = await openProvider(under, { wish: { idleSeconds: 3600 } })
    open.upstream.fail('half-open')
    const answer = await open.provider.send(chatCall({ isStreamed: true }))
    await answer.body.read()
    answer.body.finish()
    expect(open.provider.status()).toMatchObject([{ busy: 0, counts: { failures: 0 } }])
    await open.upstream.abandoned()
    expect(open.provider.status()).toMatchObject([{ busy: 0, counts: { failures: 0 } }])
  })

  test('an answer that breaks off while its head is read has broken off', async () => {
    await using open = await openProvider(under)
    const ask = async () => textOf(await open.provider.send(chatCall({ isStreamed: true })))
    for (let number = 0; number < 20; number++) {
      open.world.pass(120_000)
      open.upstream.fail('reset-mid-stream')
      expect(await refusal(ask())).toMatchObject({ code: 'upstream_broken' })
    }
    expect(open.provider.status()).toMatchObject([{ busy: 0, counts: { failures: 20 } }])
  })

  test('asks nobody for a caller who has left already', async () => {
    await using open = await openProvider(under)
    const error = await refusal(open.provider.send(chatCall({ signal: AbortSignal.abort(new Error('left')) })))
    expect(error.message).toBe('left')
    expect(open.upstream.requests.length).toBe(0)
  })
}

const never = () => new AbortController().signal
