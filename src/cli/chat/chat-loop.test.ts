import { expect, test } from 'bun:test'
import { PassThrough } from 'node:stream'
import { createGate } from '../../../test/fakes/gate.ts'
import { type OpenServer, openServer } from '../../../test/fakes/open-server.ts'
import { makeEnvironment } from '../../config/environment.ts'
import type { GenerationRequest } from '../../core/generation.ts'
import { createClient } from '../client/hearth-client.ts'
import { prepareModel } from '../client/prepare-model.ts'
import type { CommandContext } from '../command.ts'
import { chat } from './chat-loop.ts'
import { describeModel } from './describe-model.ts'
import type { Entry, LineReader } from './line-reader.ts'

const model = 'smollm2-135m-instruct'
const text = (line: string): Entry => ({ type: 'text', text: line })

/** A server that writes down what it is asked, and answers `You said: …`. */
function recordingServer(gate?: ReturnType<typeof createGate>) {
  const asked: GenerationRequest[] = []
  const server = openServer({
    runtime: {
      script: (request) => {
        asked.push(request)
        const { prompt } = request
        return `You said: ${prompt.type === 'messages' ? prompt.messages.at(-1)?.content : ''}`
      },
      ...(gate && { gate: gate.hold }),
    },
  })
  return { server, asked }
}

/** Holds a conversation of these entries; what the person does while an answer runs is up to `during`. */
async function talk(server: OpenServer, entries: readonly Entry[], during?: (interrupt: () => void) => void) {
  let [output, errors] = ['', '']
  const prompts: string[] = []
  const rest = [...entries]
  const signal = new AbortController().signal
  const client = createClient({ url: server.server.url })
  const reader: LineReader = {
    ask: async (prompt) => {
      prompts.push(prompt)
      return rest.shift() ?? { type: 'end' }
    },
    onInterrupt: (listener) => listener && during?.(listener),
    [Symbol.dispose]: () => {},
  }
  const context: CommandContext = {
    flags: {},
    operands: [],
    problems: [],
    environment: makeEnvironment({ variables: {}, platform: 'linux', home: '/', currentFolder: '/' }),
    streams: { input: new PassThrough(), output: new PassThrough(), errors: new PassThrough() },
    write: (piece) => {
      output += piece
    },
    writeError: (piece) => {
      errors += piece
    },
  }
  const code = await chat({
    context,
    client,
    reader,
    signal,
    settings: { model, parameters: {}, isVerbose: false },
    prepare: async (name, within) => (await prepareModel({ client, name, context, signal: within, kind: 'chat' })).id,
    describe: (name, within) => describeModel(client, { model: name, signal: within }),
  })
  return { code, output, errors, prompts }
}

const messagesOf = (request: GenerationRequest | undefined) =>
  request?.prompt.type === 'messages' ? request.prompt.messages.map(({ role, content }) => `${role}: ${content}`) : []

test('turns are remembered, until they are cleared or history is off', async () => {
  const { server, asked } = recordingServer()
  await using _server = server
  const lines = ['one', 'two', '/clear', 'three', '/set nohistory', 'four', 'five'].map(text)
  const { code, output } = await talk(server, lines)
  expect(code).toBe(0)
  expect(output).toStartWith('You said: one\n\nYou said: two\n')
  expect(asked.map(messagesOf)).toEqual([
    ['user: one'],
    ['user: one', 'assistant: You said: one', 'user: two'],
    ['user: three'],
    ['user: four'],
    ['user: five'],
  ])
})

test('settings go with the requests, and a text between quotation marks may have several lines', async () => {
  const { server, asked } = recordingServer()
  await using _server = server
  const lines = [
    '/set system Be brief.',
    '/set temperature 0',
    '"""first',
    'second"""',
    '/show system',
    '/bye',
    'never',
  ]
  const { code, output, prompts } = await talk(server, lines.map(text))
  expect(code).toBe(0)
  expect(asked).toHaveLength(1)
  expect(messagesOf(asked[0])).toEqual(['system: Be brief.', 'user: first\nsecond'])
  expect(asked[0]?.sampling.temperature).toBe(0)
  expect(output).toEndWith('Be brief.\n')
  expect(prompts).toContain('... ')
})

test('Ctrl+C stops an answer and no more; what was said stays in the conversation', async () => {
  const gate = createGate(2)
  const { server, asked } = recordingServer(gate)
  await using _server = server
  let isFirst = true
  const { output, code } = await talk(server, [text('one'), text('two')], (interrupt) => {
    if (!isFirst) return
    isFirst = false
    void gate.arrival().then(() => {
      interrupt()
      gate.open()
    })
  })
  expect(code).toBe(0)
  expect(messagesOf(asked[1]).length).toBeGreaterThan(0)
  expect(messagesOf(asked[1]).at(-1)).toBe('user: two')
  expect(output).toContain('You said: two')
  expect(output).not.toContain('You said: one')
})

test('at the prompt one Ctrl+C says how to end, and a second one ends with 130', async () => {
  const { server } = recordingServer()
  await using _server = server
  const interrupt: Entry = { type: 'interrupt' }
  const first = await talk(server, [interrupt, text('hi'), interrupt, text('/bye')])
  expect(first.code).toBe(0)
  expect(first.errors).toContain('Ctrl+C again')
  expect((await talk(server, [interrupt, interrupt])).code).toBe(130)
})

test('what the server refuses costs one turn', async () => {
  const { server } = recordingServer()
  await using _server = server
  const lines = [
    '/load absent',
    '/load all-minilm-l6-v2',
    '/set temperature 9',
    'x',
    '/set temperature 1',
    'y',
    '/load crashing',
    'z',
  ]
  const { code, output, errors } = await talk(server, lines.map(text))
  expect(code).toBe(0)
  expect(errors).toContain("The model 'absent' does not exist here.")
  expect(errors).toContain('hearth embed all-minilm-l6-v2')
  expect(errors).toContain("'temperature'")
  expect(output).toContain('You said: y')
  expect(errors).toContain('stopped unexpectedly')
})
