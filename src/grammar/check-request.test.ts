import { describe, expect, test } from 'bun:test'
import { ServerError } from '../core/errors.ts'
import type { GenerationRequest, JsonSchema, OutputFormat, ToolUse } from '../core/generation.ts'
import { checkFormats } from './check-request.ts'

const request = (more: { readonly format?: OutputFormat; readonly toolUse?: ToolUse }): GenerationRequest => ({
  prompt: { type: 'messages', messages: [], ...(more.toolUse && { toolUse: more.toolUse }) },
  stop: [],
  sampling: { temperature: 1, topP: 1, topK: 0, minP: 0 },
  ...(more.format && { format: more.format }),
})

const impossible: JsonSchema = {
  type: 'object',
  properties: { a: { type: 'string', pattern: '(?=x)y' } },
  required: ['a'],
}

function tools(isStrict: boolean, more: Partial<ToolUse> = {}): ToolUse {
  const good: JsonSchema = { type: 'object', properties: {} }
  return {
    tools: [
      { name: 'good', parameters: good, isStrict: true },
      { name: 'bad', parameters: impossible, isStrict },
    ],
    choice: { type: 'auto' },
    isParallel: true,
    ...more,
  }
}

function paramOf(run: () => void): string | undefined {
  try {
    run()
  } catch (error) {
    if (error instanceof ServerError && error.code === 'invalid_parameter') return error.param
    throw error
  }
  return undefined
}

describe('what cannot be enforced is refused with the path of the keyword', () => {
  test('in the schema of a format', () => {
    const check = () => checkFormats(request({ format: { type: 'json-schema', schema: impossible } }))
    expect(paramOf(check)).toBe('response_format.json_schema.schema.properties.a.pattern')
  })

  test('in the schema of a strict tool', () => {
    expect(paramOf(() => checkFormats(request({ toolUse: tools(true) })))).toBe(
      'tools[1].function.parameters.properties.a.pattern',
    )
  })

  test('in the schema of a tool that has to be called', () => {
    expect(paramOf(() => checkFormats(request({ toolUse: tools(false, { choice: { type: 'required' } }) })))).toBe(
      'tools[1].function.parameters.properties.a.pattern',
    )
  })

  test('in a grammar, with the place', () => {
    for (const grammar of ['root ::= "a', 'root ::= other', 'root ::= root "a"', 'root ::= "a" root'])
      expect(paramOf(() => checkFormats(request({ format: { type: 'grammar', grammar } })))).toBe('grammar')
  })

  test('under the names that the client knows', () => {
    const paths = {
      schema: 'text.format.schema',
      grammar: 'grammar',
      parameters: (index: number) => `tools[${index}].parameters`,
    }
    const format: OutputFormat = { type: 'json-schema', schema: impossible }
    expect(paramOf(() => checkFormats(request({ format }), paths))).toBe('text.format.schema.properties.a.pattern')
    expect(paramOf(() => checkFormats(request({ toolUse: tools(true) }), paths))).toBe(
      'tools[1].parameters.properties.a.pattern',
    )
  })
})

describe('nothing is refused', () => {
  test('of a tool whose arguments only have to parse', () => {
    expect(() => checkFormats(request({ toolUse: tools(false) }))).not.toThrow()
  })

  test('of a tool that may not be called', () => {
    expect(() => checkFormats(request({ toolUse: tools(true, { allowed: ['good'] }) }))).not.toThrow()
    expect(() => checkFormats(request({ toolUse: tools(true, { choice: { type: 'none' } }) }))).not.toThrow()
  })

  test('that can be enforced', () => {
    const format: OutputFormat = { type: 'grammar', grammar: 'root ::= "yes" | "no"' }
    expect(() => checkFormats(request({ format }))).not.toThrow()
    expect(() => checkFormats(request({ format: { type: 'json-object' } }))).not.toThrow()
  })
})

test('a schema that was accepted as a format is still refused as the arguments of a tool, which are an object', () => {
  const list: JsonSchema = { type: 'array', items: { type: 'string' } }
  const calls: ToolUse = {
    ...tools(true),
    tools: [{ name: 'list', description: '', parameters: list, isStrict: true }],
  }
  for (let round = 0; round < 2; round++) {
    expect(() => checkFormats(request({ format: { type: 'json-schema', schema: list } }))).not.toThrow()
    expect(() => checkFormats(request({ toolUse: calls }))).toThrow(ServerError)
  }
})
