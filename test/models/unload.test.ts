import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import type { UnloadModelReply } from '../../src/protocol/management/unload.wire.ts'
import { post } from '../expect-answers.ts'
import { modelProcesses } from '../processes.ts'
import { type Hearth, startHearth } from '../start-hearth.ts'

const chat = 'smollm2-135m-instruct'
const embedder = 'all-minilm-l6-v2'
const long = 'The cat sat on the mat and thought about the weather of the day. '.repeat(400)

describe('models of a real server that are unloaded while they work', () => {
  let server: Hearth
  beforeAll(async () => {
    const small = ['--preload=false', '--auto-pull=false', '--n-ctx', '8192', '--slots', '1', '--threads', '1']
    server = await startHearth({ flags: small })
  })
  afterAll(() => server.stop())

  const send = (path: string, body: object) =>
    fetch(server.url + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
  const ask = (content: string, more: object = {}) =>
    send('/v1/chat/completions', { model: chat, messages: [{ role: 'user', content }], stream: true, ...more })
  const unload = async (model: string, mode: 'wait' | 'cut') => {
    const response = await post(server.url, '/v1/models/unload', { model, mode })
    return (await response.json()) as UnloadModelReply
  }
  const processes = () => modelProcesses(server.processId).length

  /** Reads until the text matches, and answers the rest of it. */
  async function readUntil(response: Response, pattern: RegExp): Promise<() => Promise<string>> {
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
    let text = ''
    while (!pattern.test(text)) {
      const { done, value = '' } = (await reader?.read()) ?? { done: true }
      if (done) throw new Error(`The answer ended: ${text}`)
      text += value
    }
    return async () => {
      for (;;) {
        const { done, value = '' } = (await reader?.read()) ?? { done: true }
        if (done) return text
        text += value
      }
    }
  }

  /** Resolves once so many requests are in the slots of the model. */
  async function untilBusy(model: string): Promise<void> {
    for (;;) {
      const { data } = (await (await fetch(`${server.url}/v1/models/loaded`)).json()) as {
        data: { id: string; busy: number }[]
      }
      if (data.some(({ id, busy }) => id === model && busy > 0)) return
    }
  }

  test('cut in the middle of a stream: it ends with the error, and the process is gone', async () => {
    const rest = await readUntil(await ask('Tell a long story.', { max_tokens: 2000 }), /"content":"\w/)
    expect(await unload(chat, 'cut')).toMatchObject({ models: [{ id: chat, was_loaded: true, cut_requests: 1 }] })
    expect(processes()).toBe(0)
    expect(await rest()).toContain('model_unloaded')
  })

  test('cut while a long prompt is read, and one waits behind it: both fail, and the next one loads it anew', async () => {
    const reading = ask(long)
    await untilBusy(chat)
    const waiting = ask('Hello')
    const waits = ask('Hello', { stream: false })
    while (!(await isWaiting(2)));
    const { models } = await unload(chat, 'cut')
    expect(models[0]?.cut_requests).toBe(3)
    expect(processes()).toBe(0)
    for (const response of [await reading, await waiting, await waits])
      expect(await response.text()).toContain('model_unloaded')
    expect((await waits).status).toBe(503)
    expect((await ask('Hello', { stream: false, max_tokens: 2 })).status).toBe(200)
  })

  async function isWaiting(count: number): Promise<boolean> {
    const { data } = (await (await fetch(`${server.url}/v1/models/loaded`)).json()) as { data: { waiting: number }[] }
    return data.some(({ waiting }) => waiting >= count)
  }

  test('cut while texts are embedded', async () => {
    const input = Array.from({ length: 500 }, (_, index) => `${index} ${long.slice(0, 900)}`)
    const embedding = send('/v1/embeddings', { model: embedder, input })
    await untilBusy(embedder)
    await unload(embedder, 'cut')
    const response = await embedding
    expect([response.status, await response.text()]).toEqual([503, expect.stringContaining('model_unloaded')])
  })

  test('waited for: the stream ends whole, and what comes meanwhile is answered after it', async () => {
    const rest = await readUntil(await ask('Tell a story.', { max_tokens: 60 }), /"content":"\w/)
    const unloading = unload(chat, 'wait')
    const after = ask('Hello', { stream: false, max_tokens: 2 })
    const text = await rest()
    expect(text).toContain('data: [DONE]')
    expect(text).not.toContain('"error"')
    expect(await unloading).toMatchObject({ models: [{ was_loaded: true, cut_requests: 0 }] })
    expect((await after).status).toBe(200)
  })
})
