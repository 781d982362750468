import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { join } from 'node:path'
import { descendants, untilGone } from '../processes.ts'
import { type ModelsFolder, makeModelsFolder, realModels } from '../real-models.ts'
import { type Hearth, startHearth } from '../start-hearth.ts'
import { writeBroken } from './gguf-surgery.ts'
import { expectSamePlaces } from './same-places.ts'

const patience = 120_000

interface Chunk {
  readonly choices?: readonly {
    readonly delta?: { readonly content?: string }
    readonly finish_reason?: string | null
  }[]
  readonly error?: { readonly code: string; readonly message: string }
}

interface Choice {
  readonly message: { readonly content: string }
  readonly logprobs?: { readonly content: readonly (Chance & { readonly top_logprobs: readonly Chance[] })[] }
}
interface Chance {
  readonly token: string
  readonly logprob: number
}

const chatBody = (text: string, more: object = {}) => ({
  messages: [{ role: 'user', content: text }],
  temperature: 0,
  max_tokens: 32,
  ...more,
})

describe('a server with real models', () => {
  let folder: ModelsFolder
  let hearth: Hearth
  beforeAll(async () => {
    folder = await makeModelsFolder()
    writeBroken((await realModels()).embedding, join(folder.path, 'broken.gguf'))
    hearth = await startHearth({
      modelsFolder: folder.path,
      flags: ['--slots', '4', '--n-ctx', '1024', '--max-queue', '20'],
    })
  }, patience)
  afterAll(async () => {
    const children = descendants(hearth.processId)
    expect(await hearth.stop()).toBe(0)
    await untilGone(children, 5000)
    folder[Symbol.dispose]()
  }, patience)

  const post = (path: string, body: object, signal?: AbortSignal) =>
    fetch(`${hearth.url}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
      ...(signal && { signal }),
    })
  const answer = async (text: string, more: object = {}) => {
    const response = await post('/v1/chat/completions', chatBody(text, more))
    if (response.status !== 200) throw new Error(`${response.status} ${await response.text()}`)
    return (await response.json()) as { choices: [Choice]; usage: Record<string, number> }
  }
  const contentOf = async (text: string) => (await answer(text)).choices[0].message.content
  const placesOf = async (text: string) => {
    const { choices } = await answer(text, { logprobs: true, top_logprobs: 5 })
    return choices[0].logprobs?.content.map(({ top_logprobs, ...taken }) => ({ ...taken, top: top_logprobs })) ?? []
  }

  test(
    '16 clients at once on 4 slots each get the answer that they get alone',
    async () => {
      const texts = Array.from({ length: 16 }, (_, index) => `Tell me about the number ${index + 1}.`)
      const together = await Promise.all(texts.map(placesOf))
      for (const [index, text] of texts.entries()) expectSamePlaces(together[index] ?? [], await placesOf(text))
    },
    patience,
  )

  test(
    'a stream and a whole answer are the same text',
    async () => {
      const whole = await contentOf('Name three colours.')
      let text = ''
      for await (const chunk of events(
        await post('/v1/chat/completions', chatBody('Name three colours.', { stream: true })),
      ))
        text += chunk.choices?.[0]?.delta?.content ?? ''
      expect(text).toBe(whole)
    },
    patience,
  )

  test(
    'the end of a child in mid-stream is an error event, and the next request is answered',
    async () => {
      await answer('Hello')
      const before = descendants(hearth.processId)
      let health = 0
      let isOver = false
      const watch = (async () => {
        while (!isOver) {
          expect((await fetch(`${hearth.url}/health`)).status).toBe(200)
          health++
        }
      })()
      const chunks: Chunk[] = []
      for await (const chunk of events(
        await post('/v1/chat/completions', chatBody('Tell a long story.', { stream: true, max_tokens: 900 })),
      )) {
        chunks.push(chunk)
        if (chunks.length === 3) for (const child of before) process.kill(child, 'SIGKILL')
      }
      expect(chunks.at(-1)?.error).toMatchObject({ code: 'runtime_crashed' })
      expect(await contentOf('Say hello.')).not.toBe('')
      isOver = true
      await watch
      expect(health).toBeGreaterThan(1)
    },
    patience,
  )

  test(
    'a file that makes llama.cpp abort costs nobody else anything',
    async () => {
      const [broken, chat] = await Promise.all([
        post('/v1/embeddings', { model: 'broken', input: 'a cat' }),
        answer('Say hello.'),
      ])
      expect(broken.status).toBe(422)
      expect(await broken.json()).toMatchObject({
        error: { code: 'model_unusable', message: expect.stringContaining('broken') },
      })
      expect(chat.choices[0].message.content).not.toBe('')
      const { models } = (await (await fetch(`${hearth.url}/health`)).json()) as {
        models: { id: string; state: string }[]
      }
      expect(models.find(({ id }) => id === 'broken')?.state).toBe('failed')
    },
    patience,
  )

  test(
    'clients that leave free their slots at once, wherever they are',
    async () => {
      const leavers = Array.from({ length: 12 }, (_, index) => {
        const controller = new AbortController()
        const body = chatBody(`Tell a very long story about ${index}. ${'Go on. '.repeat(index * 20)}`, {
          max_tokens: 1000,
          stream: index % 2 === 0,
        })
        const gone = post('/v1/chat/completions', body, controller.signal)
          .then(
            async (response) => response.text(),
            () => 'gone',
          )
          .catch(() => 'gone')
        return { controller, gone }
      })
      for (const { controller } of leavers) setImmediate(() => controller.abort())
      await Promise.all(leavers.map(({ gone }) => gone))
      // Four stories would take many seconds; these few words do not wait for any of them.
      expect((await answer('Say hello.', { max_tokens: 4 })).usage.completion_tokens).toBeGreaterThan(0)
      const { models } = (await (
        await fetch(`${hearth.url}/v1/models`)
      )
        .json()
        .then((body) => ({ models: body.data }))) as { models: object[] }
      expect(models.length).toBe(3)
    },
    patience,
  )

  test(
    'a prompt that does not fit is refused with both numbers, streamed or not',
    async () => {
      for (const stream of [false, true]) {
        const response = await post('/v1/chat/completions', chatBody('word '.repeat(2000), { stream }))
        expect(response.status).toBe(400)
        const { error } = (await response.json()) as { error: { code: string; message: string; param: string } }
        expect(error).toMatchObject({ code: 'context_length_exceeded', param: 'messages' })
        expect(error.message).toMatch(/1024.*\d{4}/)
      }
    },
    patience,
  )

  test(
    'token ids, base64 and shorter vectors agree with each other',
    async () => {
      const embed = async (more: object) => {
        const response = await post('/v1/embeddings', { input: 'a cat sits on the mat', ...more })
        return ((await response.json()) as { data: [{ embedding: number[] | string }] }).data[0].embedding
      }
      const plain = (await embed({})) as number[]
      const base64 = (await embed({ encoding_format: 'base64' })) as string
      const bytes = Buffer.from(base64, 'base64')
      const floats = [...new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength))]
      for (const [index, value] of floats.entries()) expect(value).toBeCloseTo(plain[index] ?? 0, 6)
      const short = (await embed({ dimensions: 64 })) as number[]
      expect(short.length).toBe(64)
      expect(Math.hypot(...short)).toBeCloseTo(1, 5)
    },
    patience,
  )
})

test(
  'a server that is told to stop lets the running stream end',
  async () => {
    await using hearth = await startHearth({ flags: ['--n-ctx', '512'] })
    const response = await fetch(`${hearth.url}/v1/chat/completions`, {
      method: 'POST',
      body: JSON.stringify(chatBody('Count from one to twenty.', { stream: true, max_tokens: 100 })),
    })
    let stopped: Promise<number> | undefined
    let last: Chunk = {}
    for await (const chunk of events(response)) {
      stopped ??= hearth.stop()
      last = chunk
    }
    expect(last.choices?.[0]?.finish_reason).toMatch(/stop|length/)
    expect(await stopped).toBe(0)
  },
  patience,
)

/** The events of a stream, as they come. */
async function* events(response: Response): AsyncGenerator<Chunk> {
  let text = ''
  for await (const bytes of response.body ?? []) {
    text += new TextDecoder().decode(bytes)
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
      const block = text.slice(0, end)
      text = text.slice(end + 2)
      if (block.startsWith('data: {')) yield JSON.parse(block.slice('data: '.length)) as Chunk
    }
  }
}
