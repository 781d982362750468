import { describe, expect, test } from 'bun:test'
import { join } from 'node:path'
import { ServerError } from '../../src/core/errors.ts'
import type { LoadedFacts } from '../../src/core/model.ts'
import { createFakeRuntime } from '../../src/runtimes/fake/fake-runtime.ts'
import { IsolatedModel } from '../../src/runtimes/isolated/isolated-model.ts'
import { isolate } from '../../src/runtimes/isolated/isolated-runtime.ts'
import { isRunning } from '../processes.ts'
import { cutCases } from './cut-cases.ts'
import { fakeChat, fakeEmbedding, fakeReranker } from './fake-entries.ts'
import { generate, requestOf } from './generate.ts'
import { runtimeSuite } from './runtime.suite.ts'

const childFile = join(import.meta.dir, 'fake-child.ts')
const isolated = (...more: string[]) =>
  isolate({
    inner: createFakeRuntime(),
    command: () => ({ command: [process.execPath, childFile, ...more], environment: { PATH: process.env.PATH ?? '' } }),
    onLog: () => {},
  })
const signal = new AbortController().signal

runtimeSuite({
  name: 'fake in a child process',
  runtime: isolated('2000'),
  chat: fakeChat,
  embedding: fakeEmbedding,
  reranker: fakeReranker,
})

cutCases({ name: 'fake in a child process', runtime: isolated('20'), chat: fakeChat, embedding: fakeEmbedding })

async function loadSlow(): Promise<IsolatedModel & { processId: number }> {
  const model = await isolated('20').load(fakeChat, { signal })
  if (!(model instanceof IsolatedModel) || !model.processId) throw new Error('the child has no process')
  return model as IsolatedModel & { processId: number }
}

describe('the process boundary', () => {
  test('a child that is killed fails what it was doing, and says how it ended', async () => {
    const model = await loadSlow()
    const running = (async () => {
      for await (const event of model.generate?.(requestOf('one two three four five six'), signal) ?? [])
        if (event.type === 'text-delta') process.kill(model.processId, 'SIGKILL')
    })()
    expect(await running.catch((error) => error)).toMatchObject({
      code: 'runtime_crashed',
      facts: { how: 'signal SIGKILL' },
    })
    expect(await model.closed).toMatchObject({ code: 'runtime_crashed' })
  })

  test('a disposed model has no process any more', async () => {
    const model = await loadSlow()
    expect(isRunning(model.processId)).toBe(true)
    await model[Symbol.asyncDispose]()
    expect(isRunning(model.processId)).toBe(false)
  })

  test('a model that is cut has no process any more', async () => {
    const model = await loadSlow()
    const running = generate(model, requestOf('one two three four five six')).catch((error) => error)
    await model.cut(new ServerError('model_unloaded', { model: 'fake-chat' }))
    expect(isRunning(model.processId)).toBe(false)
    expect(await running).toMatchObject({ code: 'model_unloaded' })
  })

  test('a crash that came first stays the reason', async () => {
    const model = await loadSlow()
    process.kill(model.processId, 'SIGKILL')
    await model.closed
    await model.cut(new ServerError('model_unloaded', { model: 'fake-chat' }))
    expect(await generate(model, requestOf('one')).catch((error) => error)).toMatchObject({ code: 'runtime_crashed' })
  })

  test.skipIf(process.platform !== 'linux')(
    'the memory of a child is what its process takes, and nothing once it is gone',
    async () => {
      const model = await loadSlow()
      const mebibytes = (model.memoryBytes() ?? 0) / 2 ** 20
      expect(mebibytes).toBeGreaterThan(10)
      expect(mebibytes).toBeLessThan(1000)
      await model[Symbol.asyncDispose]()
      expect(model.memoryBytes()).toBeUndefined()
    },
  )

  test('a model is told what room it has', async () => {
    const told = Promise.withResolvers<string>()
    const runtime = isolate({
      inner: createFakeRuntime(),
      command: () => ({
        command: [process.execPath, join(import.meta.dir, 'rude-child.ts'), 'tells its room'],
        environment: { PATH: process.env.PATH ?? '' },
      }),
      onLog: (_level, message) => message.startsWith('{') && told.resolve(message),
    })
    await using _model = await runtime.load(fakeChat, { signal, room: { mainBytes: 5, deviceBytes: 7 } })
    expect(JSON.parse(await told.promise)).toEqual({ mainBytes: 5, deviceBytes: 7 })
  })

  test('a load lacks memory where the process says so or the system has killed it, and not otherwise', async () => {
    const load = (script: string) =>
      isolate({
        inner: createFakeRuntime(),
        command: () => ({ command: ['/bin/sh', '-c', script], environment: {} }),
        onLog: () => {},
      })
        .load(fakeChat, { signal })
        .catch((error) => error)
    const lacking = ['kill -9 $$', 'echo "failed to allocate CPU buffer" >&2; exit 1']
    for (const script of lacking)
      expect(await load(script)).toMatchObject({ code: 'model_load_failed', facts: { lacksMemory: true } })
    expect((await load('echo "bad magic" >&2; exit 1')).facts.lacksMemory).toBeUndefined()
  })

  test('a request that is running when its model is ended learns that the server stops', async () => {
    const model = await loadSlow()
    const running = (async () => {
      for await (const event of model.generate?.(requestOf('one two three four five six'), signal) ?? [])
        if (event.type === 'text-delta') void model[Symbol.asyncDispose]()
    })()
    expect(await running.catch((error) => error)).toMatchObject({ code: 'shutting_down' })
    expect(await model.closed).toBeUndefined()
  })

  test('a child outlives neither its parent nor the signals that are meant for it', async () => {
    const parent = Bun.spawn([process.execPath, join(import.meta.dir, 'parent-of-child.ts'), childFile], {
      stdout: 'pipe',
    })
    const { value } = await parent.stdout.getReader().read()
    const child = Number(new TextDecoder().decode(value))
    process.kill(child, 'SIGINT')
    process.kill(child, 'SIGTERM')
    expect(isRunning(child)).toBe(true)
    parent.kill('SIGKILL')
    await parent.exited
    while (isRunning(child)) await new Promise((resolve) => setImmediate(resolve))
  })

  test('a program that cannot be started is a load that failed', async () => {
    const broken = isolate({
      inner: createFakeRuntime(),
      command: () => ({ command: ['/nowhere/hearth'], environment: {} }),
      onLog: () => {},
    })
    const error = await broken.load(fakeChat, { signal }).catch((reason) => reason)
    expect(error).toMatchObject({ code: 'model_load_failed' })
  })

  test('an answer that nobody watches crosses in one piece, with all of its chances', async () => {
    await using model = await isolated().load(fakeChat, { signal })
    const request = requestOf('one two three four', { logprobs: { top: 1 } })
    const told = await Array.fromAsync(model.generate?.({ ...request, isWatched: false }, signal) ?? [])
    const [text, end] = told
    expect(told.length).toBe(2)
    expect(text).toMatchObject({ type: 'text-delta', text: 'one two three four' })
    expect(text?.type === 'text-delta' && text.logprobs?.length).toBe(4)
    expect(end).toMatchObject({ type: 'generation-end', reason: 'stop', usage: { completionTokens: 4 } })
  })

  test('one that nobody watches can be aborted', async () => {
    const model = await loadSlow()
    const controller = new AbortController()
    const running = Array.fromAsync(
      model.generate?.({ ...requestOf('one two three four five six'), isWatched: false }, controller.signal) ?? [],
    )
    controller.abort()
    expect((await running).at(-1)).toMatchObject({ type: 'generation-end', reason: 'aborted' })
    await model[Symbol.asyncDispose]()
  })

  test('text of any language and length crosses the boundary whole', async () => {
    await using model = await isolated().load(fakeChat, { signal })
    const text = `${'日本語 👩‍👧 ñ "quoted" \\ back\u2028line '.repeat(40)}end`
    const { text: answer } = await generate(model, requestOf(text, { maxTokens: 900 }))
    expect(answer.trim()).toBe(text)
  })
})

describe('a child that breaks the rules', () => {
  const rude = (manner: string) =>
    isolate({
      inner: createFakeRuntime(),
      command: () => ({
        command: [process.execPath, join(import.meta.dir, 'rude-child.ts'), manner],
        environment: { PATH: process.env.PATH ?? '' },
      }),
      onLog: () => {},
      patience: { loadMilliseconds: 2000, cancelMilliseconds: 200 },
    })

  for (const manner of ['broken frame', 'frame without fields'])
    test(`${manner}: its requests fail, it is ended, and this process lives on`, async () => {
      const model = await rude(manner).load(fakeChat, { signal })
      const running = generate(model, requestOf('one two three'))
      expect(await running.catch((error) => error)).toMatchObject({
        code: 'runtime_crashed',
        facts: { how: 'it wrote a frame that cannot be read' },
      })
      expect(await model.closed).toMatchObject({ code: 'runtime_crashed' })
    })

  test('one that never drops a cancelled request is ended, so that the slot is not lost', async () => {
    const model = await rude('silent').load(fakeChat, { signal })
    const controller = new AbortController()
    const running = (async () => {
      for await (const _ of model.generate?.(requestOf('one two three'), controller.signal) ?? []) controller.abort()
    })()
    expect(await running.catch((error) => error)).toMatchObject({ facts: { how: 'it stopped answering' } })
  })

  test('what it says of itself later takes the place of what it said when it was loaded', async () => {
    const changed = Promise.withResolvers<LoadedFacts>()
    await using model = await rude('new facts').load(fakeChat, { signal, onFacts: changed.resolve })
    expect(model.facts.draft).toBeUndefined()
    void generate(model, requestOf('one two three')).catch(() => {})
    expect((await changed.promise).draft).toEqual({ state: 'resting' })
    expect(model.facts.draft).toEqual({ state: 'resting' })
  })

  test('one that never loads its model is a load that failed', async () => {
    const error = await rude('never loads')
      .load(fakeChat, { signal })
      .catch((reason) => reason)
    expect(error).toMatchObject({ code: 'model_load_failed' })
    expect(error.message).toContain('it stopped answering')
  })

  test('a request that comes after the end fails at once, and does not wait for ever', async () => {
    const model = await rude('silent').load(fakeChat, { signal })
    if (!(model instanceof IsolatedModel) || !model.processId) throw new Error('the child has no process')
    process.kill(model.processId, 'SIGKILL')
    await model.closed
    const late = [generate(model, requestOf('one')), model.embed?.(['one'], {}, signal)]
    for (const work of late)
      expect(await work?.catch((error: unknown) => error)).toMatchObject({ code: 'runtime_crashed' })
  })

  test('calls that wait for an answer fail when the child dies, each with why', async () => {
    const model = await rude('silent').load(fakeChat, { signal })
    if (!(model instanceof IsolatedModel) || !model.processId) throw new Error('the child has no process')
    const works = [
      model.tokenize('one', { addsSpecial: false, readsSpecial: false }, signal),
      model.detokenize([1], signal),
      model.embed?.(['one'], {}, signal),
    ].map((work) => work?.catch((error: unknown) => error))
    process.kill(model.processId, 'SIGKILL')
    for (const work of works)
      expect(await work).toMatchObject({ code: 'runtime_crashed', facts: { how: 'signal SIGKILL' } })
  })

  test('a call that is aborted rejects with the reason, also when the child has to be ended for it', async () => {
    const model = await rude('silent').load(fakeChat, { signal })
    const controller = new AbortController()
    const work = model.tokenize('one', { addsSpecial: false, readsSpecial: false }, controller.signal)
    const reason = new Error('the client left')
    controller.abort(reason)
    expect(await work.catch((error) => error)).toBe(reason)
    expect(await model.closed).toMatchObject({ facts: { how: 'it stopped answering' } })
  })

  test('an answer that comes after the abort is none', async () => {
    await using model = await rude('answers when cancelled').load(fakeChat, { signal })
    const controller = new AbortController()
    const work = model.detokenize([1], controller.signal)
    controller.abort()
    expect(await work.catch((error) => error)).toBe(controller.signal.reason)
  })
})
