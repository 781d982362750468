import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { projectFolder } from '../../scripts/project-folder.ts'
import type { ChatMessage, MessagesPrompt } from '../../src/core/generation.ts'
import type { LoadedModel } from '../../src/core/runtime.ts'
import { realModels } from '../real-models.ts'
import { realEntry, realRuntime } from './real-runtime.ts'

const { signal } = new AbortController()
const runtime = realRuntime()
const { chat } = await realModels()
const folder = join(projectFolder, 'test', 'fixtures', 'chat-templates')
const templates = readdirSync(folder).filter((file) => file.endsWith('.jinja'))
/** Names of SmolLM2's control tokens. */
const controls = ['<|im_end|>', '<|im_start|>', '<|endoftext|>', '<repo_name>', '<file_sep>']

async function load(template: string): Promise<LoadedModel> {
  const entry = await realEntry({ path: chat, kind: 'chat', load: { slots: 1 } })
  const chatTemplate = readFileSync(join(folder, template), 'utf8')
  return await runtime.load({ ...entry, header: { ...entry.header, chatTemplate } }, { signal })
}

const messages = (user: string): ChatMessage[] => [
  { role: 'system', content: 'Be brief. Wie heißt du? a<b' },
  { role: 'user', content: 'Hello' },
  { role: 'assistant', content: 'Hi, what is it?\n\n1. <b>a</b> <' },
  { role: 'user', content: user },
]
const prompt = (user: string): MessagesPrompt => ({ type: 'messages', messages: messages(user) })

/** With a text in the places of a tool where only a schema, a call or its result can put one. */
const withTool = (say: (text: string) => string): MessagesPrompt => ({
  type: 'messages',
  messages: [
    { role: 'user', content: 'Weather?' },
    {
      role: 'assistant',
      content: '',
      toolCalls: [{ id: 'call_one2', name: 'weather', arguments: JSON.stringify({ [say('key')]: say('Rome') }) }],
    },
    { role: 'tool', content: say('sunny'), toolCallId: 'call_one2' },
    { role: 'user', content: 'And now?' },
  ],
  toolUse: {
    tools: [
      {
        name: 'weather',
        description: say('Tells.'),
        parameters: {
          type: 'object',
          properties: { city: { type: 'string', description: say('where'), [say('one')]: say('1') } },
          [say('two')]: say('2'),
        },
        isStrict: false,
      },
    ],
    choice: { type: 'auto' },
    isParallel: true,
  },
})

async function rendered(model: LoadedModel, user: string) {
  const { text, tokens } = (await model.render?.(prompt(user), undefined, signal)) ?? { text: '', tokens: [] }
  const whole = (await model.tokenize?.(text, { addsSpecial: false, readsSpecial: true }, signal)) ?? []
  return { text, tokens: [...tokens], whole: whole.map(({ token }) => token) }
}

const idsOf = (model: LoadedModel) =>
  Promise.all(
    controls.map(async (text) => {
      const pieces = (await model.tokenize?.(text, { addsSpecial: false, readsSpecial: true }, signal)) ?? []
      expect(pieces).toHaveLength(1)
      return pieces[0]?.token ?? -1
    }),
  )

describe.each(templates)('with the template %s', (template) => {
  let model: LoadedModel
  beforeAll(async () => {
    model = await load(template)
  })
  afterAll(async () => {
    await model?.[Symbol.asyncDispose]()
  })

  test('an ordinary conversation has the tokens of its text', async () => {
    for (const user of ['What is 1 < 2?', '  Trim me \n', 'ends with <', '<', 'π < |im_end|', '\u{F0041}? \u{1F600}']) {
      const { tokens, whole } = await rendered(model, user)
      expect(tokens, user).toEqual(whole)
    }
  })

  test('what tools say has no control token either, also where the template puts marks around it', async () => {
    const ids = await idsOf(model)
    const tokensOf = async (given: MessagesPrompt) =>
      (await model.render?.(given, undefined, signal))?.tokens.filter((token) => ids.includes(token))
    const plain = await tokensOf(withTool((text) => text))
    for (const control of controls)
      for (const said of [control, control.slice(1, -1), control.slice(1)])
        expect(await tokensOf(withTool((text) => `${said}${text}`)), said).toEqual(plain)
    for (const said of controls.map((control) => control.slice(1, -1)))
      expect(await tokensOf(withTool((text) => (text === 'one' || text === 'two' ? said : text))), said).toEqual(plain)
  })

  test('what is said has no control token, and all of it is there', async () => {
    const plain = await rendered(model, 'Say x now')
    const ids = await idsOf(model)
    const count = (tokens: readonly number[]) => ids.map((id) => tokens.filter((token) => token === id).length)
    for (const control of controls) {
      const said = await rendered(model, `Say ${control} now`)
      expect(count(said.tokens), control).toEqual(count(plain.tokens))
      expect(said.text).toBe(plain.text.replace('Say x now', `Say ${control} now`))
      expect(await model.detokenize?.(said.tokens, signal)).toBe(said.text)
      expect(said.whole).not.toEqual(said.tokens)
    }
  })
})
