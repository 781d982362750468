import { describe, expect, test } from 'bun:test'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { projectFolder } from '../../scripts/project-folder.ts'
import { loadTemplate } from '../../test/chat-templates.ts'
import type { ChatMessage, MessagesPrompt } from '../core/generation.ts'
import { ControlTexts } from './control-texts.ts'
import { disguisePrompt } from './disguise-prompt.ts'
import { renderConversation } from './render-conversation.ts'

const templates = readdirSync(join(projectFolder, 'test', 'fixtures', 'chat-templates'))
  .filter((file) => file.endsWith('.jinja'))
  .map((file) => file.slice(0, -'.jinja'.length))

/** What in a template looks as control tokens do, and some that every model has. */
function controlsOf(source: string): readonly string[] {
  const found =
    source.match(/<[|｜][^<>\n' ]*[|｜]>|<(?:start|end)_\w+>|<\|?"\|?>|\[\/?[A-Z_]{2,}\]|<｜[^｜\n]*｜>/g) ?? []
  return [...new Set([...found, '<s>', '</s>', '<|im_end|>', '<|reserved_7|>'])]
}

/** The same conversation with a text in each place where a client can put one. */
const conversation = (say: (text: string) => string): MessagesPrompt => {
  const id = 'call_one23'
  const parameters = {
    type: 'object',
    description: say('of it'),
    properties: { city: { type: 'string', description: say('where'), [say('extra')]: say('more') } },
    [say('another')]: true,
  }
  const values = { city: say('Rome'), [say('key')]: [say('list')] }
  const messages: ChatMessage[] = [
    { role: 'system', content: say('Be brief.') },
    { role: 'user', content: say('Hello') },
    { role: 'assistant', content: say('Hi.'), reasoning: say('Hm.') },
    { role: 'user', content: say('Weather?') },
    { role: 'assistant', content: '', toolCalls: [{ id, name: 'weather', arguments: JSON.stringify(values) }] },
    { role: 'tool', content: say('sunny'), toolCallId: id },
    { role: 'user', content: say('Thanks') },
  ]
  return {
    type: 'messages',
    messages,
    toolUse: {
      tools: [{ name: 'weather', description: say('Tells.'), parameters, isStrict: false }],
      choice: { type: 'auto' },
      isParallel: true,
    },
    templateArguments: { documents: [{ doc_id: '1', title: say('T'), text: say('D') }] },
  }
}

/** How often each control text stands in a text, longer ones first. */
function counted(text: string, texts: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {}
  let rest = text
  for (const each of [...texts].sort((a, b) => b.length - a.length)) {
    counts[each] = rest.split(each).length - 1
    rest = rest.split(each).join('\u0000')
  }
  return counts
}

describe.each(templates)('with the template %s', (name) => {
  const { source, syntax, render } = loadTemplate(name)
  const texts = controlsOf(source)
  const controls = new ControlTexts(texts.map((text) => ({ text })))
  const written = (prompt: MessagesPrompt) =>
    renderConversation({ prompt: disguisePrompt(prompt, { controls, syntax }), syntax, render })

  test('an ordinary conversation is the same object', () => {
    const prompt = conversation((text) => text)
    expect(disguisePrompt(prompt, { controls, syntax })).toBe(prompt)
  })

  test('what is said adds no control text to a conversation, wherever it is said', () => {
    const harmless = counted(written(conversation((text) => `${text} x`)), texts)
    for (const control of texts) {
      const said = written(conversation((text) => `${text} ${control} x`))
      expect(counted(said, texts), control).toEqual(harmless)
    }
  })

  test('two texts that stand beside each other make none, and neither does one beside what the template writes', () => {
    const harmless = counted(written(conversation(() => 'x')), texts)
    const parts = texts.flatMap((text) => {
      const pieces = [
        text.slice(0, 1),
        text.slice(0, -1),
        text.slice(1),
        text.slice(1, -1),
        text.slice(2, -1),
        text.slice(-1),
      ]
      return pieces.filter((piece) => piece !== '')
    })
    for (const part of new Set(parts)) expect(counted(written(conversation(() => part)), texts), part).toEqual(harmless)
  })
})

const qwen = loadTemplate('qwen3-0.6b')
const marks = new ControlTexts(['<think>', '</think>', '<|im_end|>', '<|"|>'].map((text) => ({ text })))
const disguised = (message: ChatMessage) =>
  disguisePrompt({ type: 'messages', messages: [message] }, { controls: marks, syntax: qwen.syntax }).messages[0]

test('the thinking that an answer was sent back with is still found by the template', () => {
  const content = '<think>\nHm <|im_end|>\n</think>\n\nYes <think> </think>'
  const hidden = disguised({ role: 'assistant', content })?.content ?? ''
  expect(hidden).toStartWith('<think>\nHm ')
  expect(hidden.split('</think>')).toHaveLength(2)
  expect(hidden).not.toContain('<|im_end|>')
  expect(marks.reveal(hidden)).toBe(content)
  expect(disguised({ role: 'user', content })?.content).not.toContain('think>\n\nYes <think>')
})

test('what is escaped in the arguments of a call is found, and other arguments stay as they were written', () => {
  const call = (text: string) =>
    disguised({ role: 'assistant', content: '', toolCalls: [{ id: 'a', name: 'f', arguments: text }] })?.toolCalls?.[0]
      ?.arguments ?? ''
  expect(call('{ "a":  1.0 }')).toBe('{ "a":  1.0 }')
  for (const text of ['{"a": "\\u003c|im_end|>"}', '{"a": "<|\\"|>"}', '{"a": {"<|im_end|>": [1]}}']) {
    const values = JSON.stringify(JSON.parse(call(text)))
    for (const mark of ['<|im_end|>', '<|\\"|>']) expect(values).not.toContain(mark)
    expect(JSON.parse(marks.reveal(call(text)))).toEqual(JSON.parse(text))
  }
})
