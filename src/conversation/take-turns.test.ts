import { expect, test } from 'bun:test'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { projectFolder } from '../../scripts/project-folder.ts'
import { loadTemplate } from '../../test/chat-templates.ts'
import type { ChatMessage } from '../core/generation.ts'
import { renderConversation } from './render-conversation.ts'

const folder = join(projectFolder, 'test', 'fixtures', 'chat-templates')
const templates = readdirSync(folder).flatMap((file) => (file.endsWith('.jinja') ? [file.slice(0, -6)] : []))

const system = (content: string): ChatMessage => ({ role: 'system', content })
const user = (content: string): ChatMessage => ({ role: 'user', content })
const assistant = (content: string): ChatMessage => ({ role: 'assistant', content })
const result: ChatMessage = { role: 'tool', toolCallId: 'call_1', content: 'said-result' }
const call = (content: string): ChatMessage => ({
  role: 'assistant',
  content,
  toolCalls: [{ id: 'call_1', name: 'find_it', arguments: '{"what": "said-argument"}' }],
})

const conversations: Readonly<Record<string, readonly ChatMessage[]>> = {
  'the user twice': [user('said-1'), user('said-2')],
  'the assistant twice': [user('said-1'), assistant('said-2'), assistant('said-3'), user('said-4')],
  'the assistant first': [system('said-1'), assistant('said-2'), user('said-3')],
  'the system alone': [system('said-1')],
  'the system between': [user('said-1'), assistant('said-2'), system('said-3'), user('said-4')],
  'an empty answer': [user('said-1'), assistant(''), user('said-2')],
  'the user behind a result': [user('said-1'), call(''), result, user('said-2')],
  'a call beside a text': [user('said-1'), call('beside'), result, assistant('said-2'), user('said-3')],
}

for (const template of templates)
  test(`${template} writes all of a conversation, whatever turns it takes`, () => {
    const { syntax, render } = loadTemplate(template)
    for (const [name, messages] of Object.entries(conversations)) {
      const text = renderConversation({ prompt: { type: 'messages', messages }, syntax, render })
      const said = JSON.stringify(messages).match(/said-\w+/g) ?? []
      expect([name, said.filter((each) => !text.includes(each))]).toEqual([name, []])
      if (messages.every(({ role }) => role !== 'system'))
        expect([name, said.toSorted((one, other) => text.indexOf(one) - text.indexOf(other))]).toEqual([name, said])
    }
  })

test('a template that takes any turns gets the messages as they are', () => {
  const { syntax, render } = loadTemplate('qwen3-0.6b')
  expect(syntax.template.turns).toEqual({ alternate: false, needUser: false, needText: false, partCalls: false })
  const messages = [user('one'), user('two')]
  const text = renderConversation({ prompt: { type: 'messages', messages }, syntax, render })
  expect(text).toContain('<|im_start|>user\none<|im_end|>\n<|im_start|>user\ntwo<|im_end|>\n')
})

test('neighbours of one role are joined where user and assistant must take turns', () => {
  const { syntax, render } = loadTemplate('mistral-nemo-instruct-2407')
  const write = (messages: readonly ChatMessage[]) =>
    renderConversation({ prompt: { type: 'messages', messages }, syntax, render })
  expect(write([user('one'), user('two')])).toBe(write([user('one\n\ntwo')]))
  expect(write([user('one'), assistant('a'), assistant('b'), user('two')])).toBe(
    write([user('one'), assistant('a\n\nb'), user('two')]),
  )
})
