import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { LoadOptions } from '../../src/core/model.ts'
import type { LoadedModel } from '../../src/core/runtime.ts'
import { generate, never, requestOf } from '../conformance/generate.ts'
import { realModels } from '../real-models.ts'
import { realEntry, realRuntime } from './real-runtime.ts'
import { expectSamePlaces } from './same-places.ts'

const runtime = realRuntime()
const { chat: path } = await realModels()
const system = `You are a helpful assistant of a library. ${'Every book has a number, a shelf and an author. '.repeat(24)}`
const questions = [
  'Who wrote Hamlet?',
  'What is a shelf?',
  'Count to five.',
  'Name a colour.',
  'Say hello.',
  'What is red?',
]

/** An answer of 8 tokens at most, with what each token was chosen from. */
const ask = (question: string, about = system) => ({
  ...requestOf('', { maxTokens: 8, logprobs: { top: 5 } }),
  prompt: {
    type: 'messages' as const,
    messages: [
      { role: 'system' as const, content: about },
      { role: 'user' as const, content: question },
    ],
  },
})

const load = async (options: Partial<LoadOptions>) =>
  runtime.load(await realEntry({ path, kind: 'chat', load: options }), { signal: never() })

const inMemory = { memory: 256, disk: 256 }

type Answer = Awaited<ReturnType<typeof generate>>

const readTokens = (answers: readonly Answer[]) =>
  answers.reduce((sum, { usage }) => sum + usage.promptTokens - usage.cachedTokens, 0)

const chosen = ({ events }: Answer) =>
  events.flatMap((event) => (event.type === 'text-delta' ? (event.logprobs ?? []) : []))

/** Has the slot hold what no prompt begins with. */
const forget = (model: LoadedModel) =>
  generate(model, requestOf('', { prompt: { type: 'text', text: 'Zebras' }, maxTokens: 1 }))

const expectSame = (answer: Answer, expected: Answer) => expectSamePlaces(chosen(answer), chosen(expected))

describe('the prompt cache', () => {
  const folder = mkdtempSync(join(tmpdir(), 'hearth-prompt-cache-'))
  afterAll(() => rmSync(folder, { recursive: true }))
  /** Each answer as it is when the whole prompt is read for it. */
  const expected = new Map<string, Answer>()
  beforeAll(async () => {
    await using model = await load({ slots: 1 })
    for (const question of questions) {
      await forget(model)
      const answer = await generate(model, ask(question))
      expect(answer.usage.cachedTokens).toBe(0)
      expected.set(question, answer)
    }
  }, 60_000)

  const expectRight = async (model: LoadedModel, asked: readonly string[]) => {
    const answers = await Promise.all(asked.map((question) => generate(model, ask(question))))
    for (const [index, answer] of answers.entries()) expectSame(answer, expected.get(asked[index] ?? '') as Answer)
    return answers
  }

  test('clients with one system prompt read it once, and get the answers that they get alone', async () => {
    await using model = await load({ slots: 6 })
    const answers = await expectRight(model, questions)
    const longest = Math.max(...answers.map(({ usage }) => usage.promptTokens))
    expect(readTokens(answers)).toBeLessThan(longest + 20 * answers.length)
  }, 60_000)

  test('several answers to one prompt read it once', async () => {
    await using model = await load({ slots: 4 })
    const answers = await expectRight(model, Array(4).fill(questions[0]))
    expect(readTokens(answers)).toBe((answers[0]?.usage.promptTokens ?? 0) + 3)
  }, 60_000)

  test('conversations that lost their slot are found again, each branch of them', async () => {
    await using model = await load({ slots: 1, promptCache: inMemory })
    const others = ['cats', 'dogs'].map((animal) => `You know ${animal}. ${`All ${animal} sleep all day. `.repeat(30)}`)
    await expectRight(model, questions.slice(0, 1))
    for (const other of others) await generate(model, ask('Hello', other))
    const [again] = await expectRight(model, questions.slice(0, 1))
    expect(readTokens(again ? [again] : [])).toBeLessThan(20)
    for (const other of others) expect(readTokens([await generate(model, ask('Hello again', other))])).toBeLessThan(20)
    // The process does not have them: it tells what they take.
    expect(model.facts.stateBytes).toBeGreaterThan(100_000)
  }, 60_000)

  test('a folder outlives the process, and a broken file in it is dropped', async () => {
    const promptCache = { ...inMemory, folder }
    {
      await using model = await load({ slots: 1, promptCache })
      await expectRight(model, questions.slice(0, 1))
      await forget(model)
      expect(model.facts.stateBytes).toBeUndefined()
    }
    {
      await using model = await load({ slots: 1, promptCache })
      const [again] = await expectRight(model, questions.slice(1, 2))
      expect(readTokens(again ? [again] : [])).toBeLessThan(20)
    }
    for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
      if (!name.endsWith('.state')) continue
      const content = readFileSync(join(folder, name))
      content.fill(0xff, 12, 4000)
      writeFileSync(join(folder, name), content)
    }
    await using model = await load({ slots: 1, promptCache })
    const [again] = await expectRight(model, questions.slice(2, 3))
    expect(again?.usage.cachedTokens).toBe(0)
  }, 60_000)
})
