import { expect, test } from 'bun:test'
import type { ChatSettings } from './chat-settings.ts'
import { toChatBody } from './chat-settings.ts'
import { readSlashCommand } from './slash-commands.ts'

const settings: ChatSettings = { model: 'm', parameters: {}, isVerbose: false }
const read = (line: string, before = settings) => readSlashCommand(line, before)
/** The settings after a line that sets something. */
function after(line: string, before = settings): ChatSettings {
  const action = read(line, before)
  if (action.type !== 'set') throw new Error(`${line} gave ${JSON.stringify(action)}`)
  return action.settings
}

test('the commands that people know from Ollama', () => {
  for (const line of ['/bye', '/exit', '/quit']) expect(read(line)).toEqual({ type: 'end' })
  expect(read('/clear')).toEqual({ type: 'clear' })
  expect(read('/load  other:7b ')).toEqual({ type: 'load', model: 'other:7b' })
  expect(read('/show')).toEqual({ type: 'show', what: 'info' })
  expect(read('/show system')).toEqual({ type: 'show', what: 'system' })
  expect(read('/?')).toMatchObject({ type: 'say', text: expect.stringContaining('/set system') })
  expect(read('/set nohistory')).toEqual({ type: 'history', isKept: false })
})

test('parameters have their names in the API, with the word parameter or without it', () => {
  expect(after('/set parameter temperature 0.2').parameters).toEqual({ temperature: 0.2 })
  expect(after('/set num_predict 64').parameters).toEqual({ max_tokens: 64 })
  expect(after('/set parameter stop "a b"').parameters).toEqual({ stop: 'a b' })
  const both = after('/set top_k 3', after('/set seed 7'))
  expect(toChatBody(both, [{ role: 'user', content: 'x' }])).toMatchObject({ seed: 7, top_k: 3 })
})

test('what is no number, no parameter and no command is told, with the nearest name', () => {
  const told = (line: string) => {
    const action = read(line)
    return action.type === 'say' ? action.text : action
  }
  expect(told('/set temperature warm')).toContain("found 'warm'")
  expect(told('/set parameter temperatur 1')).toContain('did you mean temperature?')
  expect(told('/set constructor 1')).toContain('no /set constructor')
  expect(told('/set parameter toString 1')).toContain('no parameter')
  expect(told('/claer')).toContain('did you mean /clear?')
  expect(told('/load')).toContain('wants the name')
})

test('system, format, thinking and figures', () => {
  const set = after('/set nothink', after('/set verbose', after('/set format json', after('/set system "Be brief."'))))
  expect(set.isVerbose).toBe(true)
  expect(toChatBody(set, [{ role: 'user', content: 'x' }])).toEqual({
    model: 'm',
    messages: [
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: 'x' },
    ],
    response_format: { type: 'json_object' },
    enable_thinking: false,
  })
  expect(after('/set noformat', set).format).toBeUndefined()
  expect(after('/set format {"type":"object"}').format).toMatchObject({ type: 'json_schema' })
  expect(after('/set system """Two\nlines"""').system).toBe('Two\nlines')
})
