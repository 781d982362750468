import { expect, test } from 'bun:test'
import type { GenerationEvent, MessagesPrompt, Tool, ToolUse } from '../../src/core/generation.ts'
import type { LoadedModel } from '../../src/core/runtime.ts'
import { generate, requestOf } from './generate.ts'

const size = { type: 'object', properties: { size: { enum: ['small', 'large'] } }, required: ['size'] }
const tools: readonly Tool[] = [
  { name: 'set_size', description: 'Sets the size.', parameters: size, isStrict: true },
  { name: 'go_home', isStrict: false },
]

const promptWith = (toolUse: Partial<ToolUse>): MessagesPrompt => ({
  type: 'messages',
  messages: [{ role: 'user', content: 'Make it large, please.' }],
  toolUse: { tools, choice: { type: 'required' }, isParallel: false, ...toolUse },
})

/** The calls that the events tell, put together. */
function callsOf(events: readonly GenerationEvent[]) {
  const calls: { id: string; name: string; arguments: string }[] = []
  for (const event of events) {
    if (event.type === 'tool-call-start') {
      expect(event.index).toBe(calls.length)
      calls.push({ id: event.id, name: event.name, arguments: '' })
    }
    const call = calls.at(-1)
    if (event.type !== 'tool-call-delta' || !call) continue
    expect(event.index).toBe(calls.length - 1)
    expect(event.arguments).not.toBe('')
    call.arguments += event.arguments
  }
  return calls
}

export function formatCases(model: () => LoadedModel) {
  test('JSON is JSON, and holds to its schema', async () => {
    const any = await generate(model(), requestOf('Any object.', { format: { type: 'json-object' }, maxTokens: 60 }))
    expect(JSON.parse(any.text)).toBeObject()
    const format = { type: 'json-schema', schema: size } as const
    const held = await generate(model(), requestOf('Make it large.', { format, maxTokens: 60 }))
    expect(['small', 'large']).toContain(JSON.parse(held.text).size)
  })

  test('a call that is required is made, with arguments that parse and hold to their schema', async () => {
    const prompt = promptWith({ allowed: ['set_size'] })
    const { events, reason, text } = await generate(model(), requestOf('', { prompt, maxTokens: 100 }))
    const [call, ...others] = callsOf(events)
    expect(others).toEqual([])
    expect(call?.name).toBe('set_size')
    expect(call?.id).not.toBe('')
    expect(['small', 'large']).toContain(JSON.parse(call?.arguments ?? '').size)
    expect(text.trim()).toBe('')
    expect(reason).toBe('tool-calls')
  })

  test('a function without arguments is called with none', async () => {
    const prompt = promptWith({ allowed: ['go_home'] })
    const { events } = await generate(model(), requestOf('', { prompt, maxTokens: 100 }))
    expect(callsOf(events)).toMatchObject([{ name: 'go_home' }])
    expect(JSON.parse(callsOf(events)[0]?.arguments ?? '')).toEqual({})
  })

  test('nothing is called where it is not to be', async () => {
    const prompt = promptWith({ choice: { type: 'none' } })
    const { events, reason } = await generate(model(), requestOf('', { prompt }))
    expect(callsOf(events)).toEqual([])
    expect(reason).not.toBe('tool-calls')
  })
}
