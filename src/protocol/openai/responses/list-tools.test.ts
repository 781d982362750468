import { describe, expect, test } from 'bun:test'
import { ServerError } from '../../../core/errors.ts'
import { listTools } from './list-tools.ts'
import type { Tool } from './request.wire.ts'

const look: Tool = { type: 'function', name: 'look', description: 'Looks.' }
const shell: Tool = { type: 'custom', name: 'shell', description: 'Runs.' }
const paramOf = (...tools: Tool[]) => {
  try {
    listTools({ tools })
  } catch (error) {
    return error instanceof ServerError && error.param
  }
  return undefined
}

test('a custom tool is a function of one text to the model, held to its regular expression', () => {
  const format = { type: 'grammar', syntax: 'regex', definition: 'a|b' } as const
  const [free, held] = listTools({ tools: [shell, { ...shell, name: 'pick', format }] })
  expect(free).toMatchObject({
    called: { type: 'custom', name: 'shell' },
    tool: {
      name: 'shell',
      description: 'Runs.',
      isStrict: true,
      parameters: { properties: { input: { type: 'string' } }, required: ['input'], additionalProperties: false },
    },
  })
  expect(held?.tool.parameters).toMatchObject({ properties: { input: { pattern: '^(?:a|b)$' } } })
})

test('tools of namespaces have the name of it before theirs, and what is said of it', () => {
  const tools: Tool[] = [
    look,
    { type: 'namespace', name: 'disk', description: 'The disk.', tools: [look as never, shell as never] },
    { type: 'namespace', name: 'mcp__web__', tools: [look as never] },
  ]
  const listed = listTools({ tools })
  expect(listed.map(({ tool }) => tool.name)).toEqual(['look', 'disk__look', 'disk__shell', 'mcp__web__look'])
  expect(listed[1]).toMatchObject({
    called: { type: 'function', name: 'look', namespace: 'disk' },
    tool: { description: 'The disk.\nLooks.' },
    place: 'tools[1].tools[0]',
  })
})

describe('is refused by its place', () => {
  test.each<[string, string, ...Tool[]]>([
    ['a tool of OpenAI', 'tools[1].type', look, { type: 'web_search' }],
    ['a name that is there twice', 'tools[1].name', look, { ...shell, name: 'look' }],
    [
      'a grammar in Lark',
      'tools[0].format.syntax',
      { ...shell, format: { type: 'grammar', syntax: 'lark', definition: '' } },
    ],
    ['a function with a format', 'tools[0].format', { ...look, format: { type: 'text' } }],
    ['a custom tool with a schema', 'tools[0].parameters', { ...shell, parameters: {} }],
    ['a custom tool without a name', 'tools[0].name', { type: 'custom' }],
    ['a namespace without tools', 'tools[0].tools', { type: 'namespace', name: 'disk' }],
    [
      'more than a function has, in a namespace',
      'tools[0].tools[0].defer_loading',
      { type: 'namespace', name: 'disk', tools: [{ ...look, defer_loading: true } as never] },
    ],
  ])('%s', (_, param, ...tools) => {
    expect(paramOf(...tools)).toBe(param)
  })
})
