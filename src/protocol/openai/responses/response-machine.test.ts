import { describe, expect, test } from 'bun:test'
import { Value } from '@sinclair/typebox/value'
import { ResponseStream } from 'openai/lib/responses/ResponseStream'
import { ServerError } from '../../../core/errors.ts'
import type { GenerationEvent, Usage } from '../../../core/generation.ts'
import { beginResponse } from './begin-response.ts'
import { ResponseEvent } from './events.wire.ts'
import { replayResponse } from './replay-response.ts'
import { ResponseObject } from './response.wire.ts'
import { ResponseMachine } from './response-machine.ts'

const usage: Usage = {
  promptTokens: 7,
  cachedTokens: 3,
  completionTokens: 5,
  reasoningTokens: 2,
  forcedTokens: 0,
  draftedTokens: 0,
  acceptedTokens: 0,
  promptMilliseconds: 0,
  generationMilliseconds: 0,
}
const end = (reason: 'stop' | 'length' | 'tool-calls'): GenerationEvent => ({ type: 'generation-end', reason, usage })
const text = (delta: string): GenerationEvent => ({ type: 'text-delta', text: delta })
const thought = (delta: string): GenerationEvent => ({ type: 'reasoning-delta', text: delta })
const call = (index: number, name: string, ...deltas: string[]): GenerationEvent[] => [
  { type: 'tool-call-start', index, id: `call_${index}`, name },
  ...deltas.map((delta): GenerationEvent => ({ type: 'tool-call-delta', index, arguments: delta })),
]

function machine(encodesReasoning = false) {
  let made = 0
  const request = {
    prompt: { type: 'text' as const, text: '' },
    stop: [],
    sampling: { temperature: 1, topP: 1, topK: 0, minP: 0 },
  }
  const head = { id: 'resp_1', created: 1000, model: 'm', fingerprint: 'f' }
  return new ResponseMachine({
    response: beginResponse({ input: 'Hi' }, request, head),
    newId: (prefix) => `${prefix}${++made}`,
    now: () => 2000,
    tools: new Map([
      ['shell', { type: 'custom', name: 'shell' }],
      ['disk__read', { type: 'function', name: 'read', namespace: 'disk' }],
    ]),
    encodesReasoning,
  })
}

function run(events: readonly GenerationEvent[], encodesReasoning = false) {
  const made = machine(encodesReasoning)
  const told = [...made.create(), ...made.start(), ...events.flatMap((event) => made.push(event))]
  return { told, response: made.response }
}

/** What OpenAI's own package makes of the events. */
async function assemble(told: readonly ResponseEvent[]): Promise<unknown> {
  const lines = told.map((event) => `${JSON.stringify(event)}\n`).join('')
  const stream = ResponseStream.fromReadableStream(new Response(lines).body as ReadableStream)
  const { output_text: _, ...response } = await stream.finalResponse()
  const output = response.output.map((item) => {
    const { parsed_arguments: _arguments, ...rest } = item as typeof item & { parsed_arguments?: unknown }
    if (rest.type !== 'message') return rest
    return {
      ...rest,
      content: rest.content.map(
        ({ parsed: _parsed, ...part }: (typeof rest.content)[number] & { parsed?: unknown }) => part,
      ),
    }
  })
  const { output_parsed: _parsed, ...whole } = response as typeof response & { output_parsed?: unknown }
  return { ...whole, output }
}

const cases: Record<string, readonly GenerationEvent[]> = {
  'a text': [text('Hello'), text(' there!'), end('stop')],
  'thoughts and a text': [thought('Hm'), thought('m.'), text('Yes.'), end('stop')],
  'a call': [...call(0, 'look', '{"a"', ':1}'), end('tool-calls')],
  'a text and two calls': [text('I look.'), ...call(0, 'look', '{}'), ...call(1, 'look', '{"b":2}'), end('tool-calls')],
  'thoughts and a call': [thought('Look!'), ...call(0, 'look', '{}'), end('tool-calls')],
  'the call of a custom tool': [...call(0, 'shell', '{"inp', 'ut":"ls \\"a', '\\"\\n"}'), end('tool-calls')],
  'the call of a custom tool without text': [...call(0, 'shell', '{"input":""}'), end('tool-calls')],
  'a call in a namespace': [...call(0, 'disk__read', '{}'), end('tool-calls')],
  'nothing at all': [end('stop')],
  chances: [
    {
      type: 'text-delta',
      text: 'é',
      logprobs: [
        {
          token: 1,
          text: 'é',
          bytes: [195, 169],
          logprob: -0.5,
          top: [{ token: 1, text: 'é', bytes: [195, 169], logprob: -0.5 }],
        },
      ],
    },
    end('stop'),
  ],
}

describe.each(Object.entries(cases))('%s', (_, events) => {
  test('counts its events from 0, and each of them is as the schema says', () => {
    const { told } = run(events)
    expect(told.map((event) => event.sequence_number)).toEqual(told.map((_event, index) => index))
    for (const event of told) expect([event.type, [...Value.Errors(ResponseEvent, event)]]).toEqual([event.type, []])
  })

  test('is the same whole and put together from its events', async () => {
    const { told, response } = run(events)
    expect([...Value.Errors(ResponseObject, response)]).toEqual([])
    expect(await assemble(told)).toEqual(JSON.parse(JSON.stringify(response)))
  })

  test('can be told again from the whole', async () => {
    const { response } = run(events)
    const again = replayResponse(response)
    for (const event of again) expect([...Value.Errors(ResponseEvent, event)]).toEqual([])
    expect(await assemble(again)).toEqual(JSON.parse(JSON.stringify(response)))
  })
})

test('tells a text in the order of OpenAI', () => {
  expect(run(cases['a text'] ?? []).told.map((event) => event.type)).toEqual([
    'response.created',
    'response.in_progress',
    'response.output_item.added',
    'response.content_part.added',
    'response.output_text.delta',
    'response.output_text.delta',
    'response.output_text.done',
    'response.content_part.done',
    'response.output_item.done',
    'response.completed',
  ])
})

test('tells a call in the order of OpenAI, after the text before it is done', () => {
  expect(
    run([text('I look.'), ...call(0, 'look', '{}'), end('tool-calls')])
      .told.slice(5)
      .map((event) => event.type),
  ).toEqual([
    'response.output_text.done',
    'response.content_part.done',
    'response.output_item.done',
    'response.output_item.added',
    'response.function_call_arguments.delta',
    'response.function_call_arguments.done',
    'response.output_item.done',
    'response.completed',
  ])
})

test('tells the call of a custom tool by its text, and one in a namespace by both names', () => {
  const { told, response } = run([
    ...call(0, 'shell', '{"inp', 'ut":"l', 's\\n"}'),
    ...call(1, 'disk__read', '{}'),
    end('tool-calls'),
  ])
  expect(told.slice(2, 7)).toMatchObject([
    { type: 'response.output_item.added', item: { type: 'custom_tool_call', name: 'shell', input: '' } },
    { type: 'response.custom_tool_call_input.delta', delta: 'l' },
    { type: 'response.custom_tool_call_input.delta', delta: 's\n' },
    { type: 'response.custom_tool_call_input.done', input: 'ls\n' },
    { type: 'response.output_item.done', item: { status: 'completed', input: 'ls\n' } },
  ])
  expect(response.output).toEqual([
    { id: 'ctc_1', type: 'custom_tool_call', status: 'completed', call_id: 'call_0', name: 'shell', input: 'ls\n' },
    {
      id: 'fc_2',
      type: 'function_call',
      status: 'completed',
      call_id: 'call_1',
      name: 'read',
      namespace: 'disk',
      arguments: '{}',
    },
  ])
})

test('an answer that was cut is incomplete, and so is its last item', () => {
  const { response, told } = run([text('Hel'), end('length')])
  expect(response).toMatchObject({
    status: 'incomplete',
    incomplete_details: { reason: 'max_output_tokens' },
    completed_at: null,
    output: [{ status: 'incomplete', content: [{ text: 'Hel' }] }],
    usage: { input_tokens: 7, input_tokens_details: { cached_tokens: 3 }, output_tokens: 5, total_tokens: 12 },
  })
  expect(told.at(-1)?.type).toBe('response.incomplete')
})

test('a failure in the middle keeps what there was, and says why', () => {
  const made = machine()
  const told = [
    made.create(),
    made.start(),
    made.push(text('Hel')),
    made.fail(new ServerError('runtime_crashed', { model: 'm', how: 'x' })),
  ].flat()
  expect(told.at(-1)).toMatchObject({
    type: 'response.failed',
    sequence_number: 5,
    response: { status: 'failed', error: { code: 'server_error' }, output: [{ status: 'incomplete' }] },
  })
  expect([...Value.Errors(ResponseEvent, told.at(-1))]).toEqual([])
})

test('a response can be cancelled, queued or begun', () => {
  const made = machine()
  made.create()
  made.start()
  expect(made.response.status).toBe('in_progress')
  expect(made.cancel().at(-1)).toMatchObject({ type: 'response.incomplete', response: { status: 'cancelled' } })
})

test('thoughts are repeated for clients that keep only what is encrypted, when they ask for it', () => {
  const [item] = run([thought('Hmm é'), text('Yes'), end('stop')], true).response.output
  expect(item).toMatchObject({
    type: 'reasoning',
    encrypted_content: `hearth.${Buffer.from('Hmm é').toString('base64url')}`,
  })
})
