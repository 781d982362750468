import { afterAll, describe, expect, test } from 'bun:test'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createGate } from '../../../test/fakes/gate.ts'
import { openServer } from '../../../test/fakes/open-server.ts'
import { connectRaw, postBytes } from '../../../test/fakes/raw-client.ts'
import { ServerError } from '../../core/errors.ts'
import type { GenerationRequest } from '../../core/generation.ts'
import type { ResponseEvent } from '../../protocol/openai/responses/events.wire.ts'
import type { ResponseObject } from '../../protocol/openai/responses/response.wire.ts'
import type { FakeAnswer, FakePiece } from '../../runtimes/fake/fake-answer.ts'
import { createResponseStore } from '../../store/create-response-store.ts'
import { readFrames } from '../event-framing.ts'

const folder = mkdtempSync(join(tmpdir(), 'hearth-responses-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
let made = 0

const path = '/v1/responses'
const hello = { input: 'Say hello.' }
type Open = ReturnType<typeof openServer>

const get = async (open: Open, rest: string) => {
  const response = await fetch(`${open.server.url}${path}/${rest}`)
  return { status: response.status, body: await response.json() }
}
const make = async (open: Open, body: object): Promise<ResponseObject> => {
  const response = await open.post(path, body)
  expect(response.status).toBe(200)
  return (await response.json()) as ResponseObject
}
const refusal = async (open: Open, body: object) => {
  const response = await open.post(path, body)
  const { error } = (await response.json()) as { error: { code: string; param: string; message: string } }
  return { status: response.status, ...error }
}
const eventsOf = async (response: Response) => readFrames(await response.text(), 'named') as ResponseEvent[]

/** A store in a file, as another run of the server would open it. */
const fileStore = (file: string, id = 'server') =>
  createResponseStore({
    path: file,
    self: { id, host: 'here', process: 1 },
    limits: { days: 30, bytes: 2 ** 30 },
    isProcessRunning: () => true,
    now: () => 1_770_000_000_000,
  })
const freshFile = () => join(folder, String(++made), 'hearth.sqlite')

/** A server that notes what its model is asked, and answers with these. */
function scripted(...answers: FakeAnswer[]) {
  const asked: GenerationRequest[] = []
  const script = (request: GenerationRequest) => {
    asked.push(request)
    return answers[asked.length - 1] ?? 'Hello there!'
  }
  return { asked, open: openServer({ runtime: { script, contextSize: 4096 } }) }
}
const messagesOf = (request: GenerationRequest | undefined) =>
  request?.prompt.type === 'messages' ? request.prompt.messages : []
const call: FakePiece = { type: 'call', name: 'look', arguments: '{"at":1}', id: 'call_a' }
const look = { type: 'function', name: 'look', parameters: { type: 'object' } }

describe('a conversation', () => {
  test('goes on from a kept response, without its instructions', async () => {
    const { asked, open } = scripted('One.', 'Two.')
    await using _ = open
    const first = await make(open, { input: 'Count.', instructions: 'Be short.' })
    const second = await make(open, { input: 'On.', previous_response_id: first.id })
    await make(open, { input: 'On!', previous_response_id: second.id, instructions: 'Be long.' })
    expect(messagesOf(asked[1])).toEqual([
      { role: 'user', content: 'Count.' },
      { role: 'assistant', content: 'One.' },
      { role: 'user', content: 'On.' },
    ])
    expect(messagesOf(asked[2]).map((message) => message.content)).toEqual([
      'Be long.',
      'Count.',
      'One.',
      'On.',
      'Two.',
      'On!',
    ])
  })

  test('goes through a call, what was thought before it, and its output', async () => {
    const { asked, open } = scripted([{ type: 'reasoning', text: 'I must look.' }, call], 'It is fine.')
    await using _ = open
    const first = await make(open, { ...hello, tools: [look] })
    expect(first.output.map((item) => item.type)).toEqual(['reasoning', 'function_call'])
    const output = { type: 'function_call_output', call_id: 'call_a', output: 'fine' }
    await make(open, { input: [output], previous_response_id: first.id, tools: [look] })
    expect(messagesOf(asked[1]).slice(1)).toEqual([
      {
        role: 'assistant',
        content: '',
        reasoning: 'I must look.',
        toolCalls: [{ id: 'call_a', name: 'look', arguments: '{"at":1}' }],
      },
      { role: 'tool', content: 'fine', toolCallId: 'call_a' },
    ])
  })

  test('goes through calls of custom tools and of namespaces, kept and sent back', async () => {
    const patch: FakePiece = { type: 'call', name: 'patch', arguments: '{"input":"+a\\n"}', id: 'call_p' }
    const read: FakePiece = { type: 'call', name: 'disk__read', arguments: '{}', id: 'call_r' }
    const tools = [
      { type: 'custom', name: 'patch' },
      { type: 'namespace', name: 'disk', description: 'The disk.', tools: [{ ...look, name: 'read' }] },
    ]
    const { asked, open } = scripted([patch, read], 'Kept.', 'Sent.')
    await using _ = open
    const first = await make(open, { ...hello, tools })
    expect(first.output).toMatchObject([
      { type: 'custom_tool_call', call_id: 'call_p', name: 'patch', input: '+a\n' },
      { type: 'function_call', call_id: 'call_r', name: 'read', namespace: 'disk' },
    ])
    expect(first.tools).toMatchObject([{ type: 'custom', format: { type: 'text' } }, tools[1] ?? {}])
    const outputs = [
      { type: 'custom_tool_call_output', call_id: 'call_p', output: 'done' },
      { type: 'function_call_output', call_id: 'call_r', output: 'a' },
    ]
    await make(open, { input: outputs, previous_response_id: first.id, tools })
    await make(open, { input: [{ role: 'user', content: 'Say hello.' }, ...first.output, ...outputs], tools })
    expect(messagesOf(asked[1]).slice(1)).toEqual([
      {
        role: 'assistant',
        content: '',
        toolCalls: [
          { id: 'call_p', name: 'patch', arguments: '{"input":"+a\\n"}' },
          { id: 'call_r', name: 'disk__read', arguments: '{}' },
        ],
      },
      { role: 'tool', content: 'done', toolCallId: 'call_p' },
      { role: 'tool', content: 'a', toolCallId: 'call_r' },
    ])
    expect(messagesOf(asked[2])).toEqual(messagesOf(asked[1]))
  })

  test('may be sent back whole, as clients without a store do', async () => {
    const { asked, open } = scripted([{ type: 'reasoning', text: 'Hm.' }, { type: 'text', text: 'I look.' }, call])
    await using _ = open
    const include = ['reasoning.encrypted_content']
    const first = await make(open, { ...hello, store: false, include, tools: [look] })
    const sent = first.output.map((item) => (item.type === 'reasoning' ? { ...item, content: null } : item))
    const output = { type: 'function_call_output', call_id: 'call_a', output: [{ type: 'input_text', text: 'ok' }] }
    await make(open, { input: [{ role: 'user', content: 'Go.' }, ...sent, output], tools: [look] })
    expect(messagesOf(asked[1])).toMatchObject([
      { role: 'user' },
      { role: 'assistant', content: 'I look.', reasoning: 'Hm.', toolCalls: [{ id: 'call_a' }] },
      { role: 'tool', content: 'ok' },
    ])
  })

  test('takes items by their ids', async () => {
    const { asked, open } = scripted('One.')
    await using _ = open
    const first = await make(open, hello)
    await make(open, {
      input: [
        { type: 'item_reference', id: first.output[0]?.id },
        { role: 'user', content: 'On.' },
      ],
    })
    expect(messagesOf(asked[1])).toEqual([
      { role: 'assistant', content: 'One.' },
      { role: 'user', content: 'On.' },
    ])
  })

  test('is listed, newest first, in pages', async () => {
    const { open } = scripted('One.', 'Two.')
    await using _ = open
    const first = await make(open, hello)
    const second = await make(open, { input: 'On.', previous_response_id: first.id })
    const page = (await get(open, `${second.id}/input_items?limit=2`)).body
    expect(page.data.map((item: { content: { text: string }[] }) => item.content[0]?.text)).toEqual(['On.', 'One.'])
    expect([page.has_more, page.first_id, page.last_id]).toEqual([true, page.data[0].id, page.data[1].id])
    const rest = (await get(open, `${second.id}/input_items?after=${page.last_id}&order=desc`)).body
    expect([rest.data.length, rest.has_more]).toEqual([1, false])
    expect((await get(open, `${second.id}/input_items?after=nothing`)).body.error.param).toBe('after')
  })

  test.each([
    ['a missing input', {}, 'input'],
    ['an empty input', { input: [] }, 'input'],
    [
      'a part that no model reads',
      { input: [{ role: 'user', content: [{ type: 'input_image' }] }] },
      'input[0].content[0].type',
    ],
    ['an item of a tool that is not here', { input: [{ type: 'web_search_call', id: 'ws_1' }] }, 'input[0].type'],
    [
      'an output without its call',
      { input: [{ type: 'function_call_output', call_id: 'x', output: '' }] },
      'input[0].call_id',
    ],
    [
      'a call without its output',
      { input: [{ type: 'function_call', call_id: 'x', name: 'f', arguments: '{}' }] },
      'input',
    ],
    [
      'arguments that are no object',
      { input: [{ type: 'function_call', call_id: 'x', name: 'f', arguments: '[1' }] },
      'input[0].arguments',
    ],
    ['an unknown reference', { input: [{ type: 'item_reference', id: 'msg_absent' }] }, 'input[0].id'],
    ['a foreign secret', { input: [{ type: 'reasoning', encrypted_content: 'gAAAA' }] }, 'input[0].encrypted_content'],
    [
      'an item twice',
      {
        input: [
          { role: 'user', content: 'a', id: 'm' },
          { role: 'user', content: 'b', id: 'm' },
        ],
      },
      'input[1].id',
    ],
  ])('%s is refused by its place', async (_, body, param) => {
    const { asked, open } = scripted()
    await using _open = open
    expect(await refusal(open, body)).toMatchObject({ status: 400, param })
    expect(asked).toEqual([])
  })

  test('that does not fit is refused as input', async () => {
    await using open = openServer()
    const long = { input: [{ role: 'user', content: 'word '.repeat(300) }] }
    expect(await refusal(open, long)).toMatchObject({ code: 'context_length_exceeded', param: 'input' })
  })
})

describe('what a request asks for', () => {
  test.each([
    ['conversation', { conversation: 'conv_1' }, 'conversation'],
    ['a prompt template', { prompt: { id: 'pmpt_1' } }, 'prompt'],
    ['truncation', { truncation: 'auto' }, 'truncation'],
    ['a tool of OpenAI', { tools: [{ type: 'web_search' }] }, 'tools[0].type'],
    [
      'a function that must be called and is not there',
      { tools: [look], tool_choice: { type: 'function', name: 'x' } },
      'tool_choice.name',
    ],
    ['a call without tools', { tool_choice: 'required' }, 'tool_choice'],
    ['two functions of one name', { tools: [look, look] }, 'tools[1].name'],
    ['a background that is not kept', { background: true, store: false }, 'store'],
    [
      'a schema that cannot be held',
      { text: { format: { type: 'json_schema', name: 'x', schema: { type: 'colour' } } } },
      'text.format.schema.type',
    ],
    [
      'arguments that cannot be held',
      { tools: [{ ...look, strict: true, parameters: { type: 'object', $ref: '#/absent' } }] },
      'tools[0].parameters.$ref',
    ],
    [
      'a function with more than a function has here',
      { tools: [{ ...look, defer_loading: true }] },
      'tools[0].defer_loading',
    ],
    [
      'a pattern that cannot be held',
      { tools: [{ type: 'custom', name: 'x', format: { type: 'grammar', syntax: 'regex', definition: '(' } }] },
      'tools[0].format.definition',
    ],
    [
      'a custom tool that must be called and is a function',
      { tools: [look], tool_choice: { type: 'custom', name: 'look' } },
      'tool_choice.name',
    ],
    ['what the template gets anyway', { chat_template_kwargs: { tools: [] } }, 'chat_template_kwargs.tools'],
    ['options of a stream that is none', { stream_options: {} }, 'stream_options'],
    ['a long name in the metadata', { metadata: { ['n'.repeat(65)]: 'a' } }, 'metadata'],
    ['a long value in the metadata', { metadata: { a: 'v'.repeat(513) } }, 'metadata.a'],
    [
      'too much metadata',
      { metadata: Object.fromEntries(Array.from({ length: 17 }, (_, n) => [`n${n}`, 'a'])) },
      'metadata',
    ],
    ['an unknown field', { nonsense: 1 }, 'nonsense'],
    ['chances of too many tokens', { top_logprobs: 21 }, 'top_logprobs'],
  ])('%s is refused by name', async (_, body, param) => {
    await using open = openServer()
    expect(await refusal(open, { ...hello, ...body })).toMatchObject({ status: 400, param })
  })

  test.each([
    ['an item of a kind that is not here', { type: 'local_shell_call', id: 'a' }, 'type', "or 'item_reference', found"],
    ['a role that is none', { role: 'tool', content: 'a' }, 'role', "'developer', found 'tool'."],
    ['a call without its id', { type: 'function_call', name: 'a', arguments: '{}' }, 'call_id', 'it is missing'],
    ['a picture', { role: 'user', content: [{ type: 'input_image' }] }, 'content[0].type', 'reads no images'],
  ])('%s is refused with what belongs there', async (_, item, field, words) => {
    await using open = openServer()
    const { status, param, message } = await refusal(open, { input: [item] })
    expect({ status, param }).toEqual({ status: 400, param: `input[0].${field}` })
    expect(message).toContain(words)
  })

  test('reaches the model', async () => {
    const { asked, open } = scripted()
    await using _ = open
    const schema = { type: 'object' }
    await make(open, {
      ...hello,
      tools: [look, { ...look, name: 'hear', strict: true }],
      tool_choice: { type: 'allowed_tools', mode: 'auto', tools: [{ type: 'function', name: 'hear' }] },
      parallel_tool_calls: false,
      text: { format: { type: 'json_schema', name: 'x', schema } },
      reasoning: { effort: 'low' },
      temperature: 0.5,
      top_p: 0.25,
      top_k: 3,
      seed: 4,
      max_output_tokens: 50,
      top_logprobs: 2,
      include: ['message.output_text.logprobs'],
    })
    expect(asked[0]).toMatchObject({
      prompt: {
        toolUse: {
          tools: [{ isStrict: false }, { isStrict: true }],
          choice: { type: 'auto' },
          allowed: ['hear'],
          isParallel: false,
        },
        reasoning: { effort: 'low' },
      },
      format: { type: 'json-schema', schema },
      sampling: { temperature: 0.5, topP: 0.25, topK: 3, seed: 4 },
      maxTokens: 50,
      logprobs: { top: 2 },
    })
  })

  test('a named function is called once', async () => {
    const { asked, open } = scripted()
    await using _ = open
    await make(open, { ...hello, tools: [look], tool_choice: { type: 'function', name: 'look' } })
    expect(asked[0]).toMatchObject({
      prompt: { toolUse: { choice: { type: 'required' }, allowed: ['look'], isParallel: false } },
    })
  })

  test('a custom tool can be named', async () => {
    const { asked, open } = scripted()
    await using _ = open
    const tools = [
      look,
      { type: 'custom', name: 'say', format: { type: 'grammar', syntax: 'regex', definition: 'a+' } },
    ]
    await make(open, { ...hello, tools, tool_choice: { type: 'custom', name: 'say' } })
    expect(asked[0]).toMatchObject({
      prompt: { toolUse: { choice: { type: 'required' }, allowed: ['say'], isParallel: false } },
    })
  })

  test('takes what the Codex CLI sends', async () => {
    await using open = openServer()
    const body = {
      ...{ instructions: 'You are a coding agent.', store: false, stream: true, tool_choice: 'auto' },
      ...{ parallel_tool_calls: false, include: ['reasoning.encrypted_content'], prompt_cache_key: 'thread' },
      reasoning: { effort: 'medium', summary: 'auto' },
      text: { verbosity: 'low' },
      client_metadata: { 'x-codex-installation-id': 'a' },
      input: [
        { type: 'message', role: 'developer', content: [{ type: 'input_text', text: 'Rules.' }] },
        { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'Go.' }] },
        { type: 'reasoning', summary: [], content: null, encrypted_content: null },
        { type: 'custom_tool_call', status: 'completed', call_id: 'c', name: 'apply_patch', input: '+a' },
        { type: 'custom_tool_call_output', call_id: 'c', output: 'ok' },
      ],
      tools: [
        { ...look, name: 'shell', description: 'Runs.', strict: false },
        { type: 'custom', name: 'apply_patch', description: 'Patches.', format: { type: 'text' } },
        { type: 'namespace', name: 'mcp__web', description: 'Tools of web.', tools: [look] },
      ],
    }
    const events = await eventsOf(await open.post(path, body))
    expect(events.at(-1)?.type).toBe('response.completed')
  })

  test('limits the answer, which is incomplete then', async () => {
    await using open = openServer()
    const response = await make(open, { ...hello, max_output_tokens: 1 })
    expect(response).toMatchObject({ status: 'incomplete', incomplete_details: { reason: 'max_output_tokens' } })
  })

  test('counts as many tokens as the answer then says it read', async () => {
    const { open } = scripted()
    await using _ = open
    const body = { ...hello, instructions: 'Be short.', tools: [look] }
    const response = await open.post(`${path}/input_tokens`, body)
    const counted = (await response.json()) as { input_tokens: number }
    expect(counted.input_tokens).toBe((await make(open, body)).usage?.input_tokens ?? -1)
  })
})

describe('a stream', () => {
  test('that fails midway ends with the failure, numbered', async () => {
    await using open = openServer({ runtime: { failAfterTokens: 1 } })
    const events = await eventsOf(await open.post(path, { ...hello, stream: true }))
    expect(events.map((event) => event.sequence_number)).toEqual(events.map((_, index) => index))
    expect(events.at(-1)).toMatchObject({
      type: 'response.failed',
      response: { status: 'failed', error: { code: 'server_error' }, output: [{ content: [{ text: 'Hello' }] }] },
    })
    expect((await get(open, 'resp_1')).body.status).toBe('failed')
  })

  test('whose end cannot be kept ends with that, numbered', async () => {
    const store = fileStore(freshFile())
    store.add = () => {
      throw new ServerError('store_unavailable', { path: 'x', problem: 'database or disk is full' })
    }
    await using open = openServer({ responses: store })
    const events = await eventsOf(await open.post(path, { ...hello, stream: true }))
    expect(events.map((event) => event.sequence_number)).toEqual(events.map((_, index) => index))
    expect(events.slice(-2)).toMatchObject([
      { type: 'response.output_item.done' },
      { type: 'response.failed', response: { status: 'failed', completed_at: null } },
    ])
    expect(await refusal(open, hello)).toMatchObject({ status: 503, code: 'store_unavailable' })
  })

  test('whose error comes after its head has an error event that both packages of OpenAI understand', async () => {
    const gate = Promise.withResolvers<void>()
    await using open = openServer({
      limits: { heartbeatSeconds: 0.01 },
      runtime: { whileLoading: () => gate.promise, failLoad: () => 'the file is no model' },
    })
    const response = await open.post(path, { ...hello, stream: true })
    gate.resolve()
    const text = (await response.text()).replace(/^:.*\n\n/gm, '')
    expect(text).toStartWith('event: error\ndata: {"type":"error","sequence_number":0,')
    expect(readFrames(text, 'named')).toMatchObject([
      { code: 'model_load_failed', error: { code: 'model_load_failed' } },
    ])
  })

  test('that nobody reads any more leaves nothing in the store', async () => {
    const gate = createGate(1)
    await using open = openServer({ runtime: { gate: gate.hold } })
    using client = await connectRaw(open.server.port)
    client.socket.write(postBytes(path, { ...hello, stream: true }, 'leaver'))
    await client.until('"delta":"Hello"')
    client.socket.destroy()
    await open.services.log.waitFor((line) => line.facts.requestId === 'leaver' && line.facts.status === 499)
    gate.open()
    expect((await get(open, 'resp_1')).status).toBe(404)
  })
})

describe('in the background', () => {
  const background = { ...hello, background: true }

  test('a response is queued, in progress, completed', async () => {
    const gate = createGate(0)
    await using open = openServer({ runtime: { gate: gate.hold } })
    const { id, status } = await make(open, background)
    expect(status).toBe('queued')
    await gate.arrival()
    gate.open()
    const events = await eventsOf(await fetch(`${open.server.url}${path}/${id}?stream=true`))
    const states = events.flatMap((event) => ('response' in event ? [event.response.status] : []))
    expect(states).toEqual(['queued', 'queued', 'in_progress', 'completed'])
    expect((await get(open, id)).body).toMatchObject({
      status: 'completed',
      background: true,
      output: [{ type: 'message' }],
    })
  })

  test('it goes on when its client leaves, and its events are told again from any place', async () => {
    const gate = createGate(1)
    await using open = openServer({ runtime: { gate: gate.hold } })
    using client = await connectRaw(open.server.port)
    client.socket.write(postBytes(path, { ...background, stream: true }, 'leaver'))
    await client.until('"delta":"Hello"')
    client.socket.destroy()
    const rest = fetch(`${open.server.url}${path}/resp_1?stream=true&starting_after=5`)
    gate.open()
    const live = await eventsOf(await rest)
    expect(live[0]).toMatchObject({ type: 'response.output_text.delta', sequence_number: 6 })
    const kept = await eventsOf(await fetch(`${open.server.url}${path}/resp_1?stream=true&starting_after=5`))
    expect(kept).toEqual(live)
    expect(kept.at(-1)?.type).toBe('response.completed')
  })

  test('it can be cancelled, more than once, and keeps what there was', async () => {
    const gate = createGate(1)
    await using open = openServer({ runtime: { gate: gate.hold } })
    const { id } = await make(open, background)
    const { signal } = await gate.arrival()
    const cancel = () => open.post(`${path}/${id}/cancel`, '').then((response) => response.json())
    const expected = { status: 'cancelled', output: [{ status: 'incomplete', content: [{ text: 'Hello' }] }] }
    expect(await cancel()).toMatchObject(expected)
    expect(signal.aborted).toBe(true)
    expect(await cancel()).toMatchObject(expected)
    expect((await get(open, id)).body).toMatchObject(expected)
    gate.open()
  })

  test('it is cancelled when it is deleted, and gone', async () => {
    const gate = createGate(0)
    await using open = openServer({ runtime: { gate: gate.hold } })
    const { id } = await make(open, background)
    const { signal } = await gate.arrival()
    const deleted = await fetch(`${open.server.url}${path}/${id}`, { method: 'DELETE' })
    expect(await deleted.json()).toEqual({ id, object: 'response.deleted', deleted: true })
    expect(signal.aborted).toBe(true)
    expect((await get(open, id)).status).toBe(404)
    gate.open()
  })

  test('what goes wrong is told by whoever asks', async () => {
    await using open = openServer()
    const { id } = await make(open, { ...background, model: 'failing' })
    const events = await eventsOf(await fetch(`${open.server.url}${path}/${id}?stream=true`))
    expect(events.at(-1)?.type).toBe('response.failed')
    expect((await get(open, id)).body).toMatchObject({ status: 'failed', error: { code: 'server_error' } })
  })

  test('it waits while the queue of its model is full, and can be cancelled there', async () => {
    await using open = openServer()
    const { id } = await make(open, { ...background, model: 'busy' })
    expect((await get(open, id)).body.status).toBe('queued')
    const cancelled = await open.post(`${path}/${id}/cancel`, '')
    expect(await cancelled.json()).toMatchObject({ status: 'cancelled', output: [] })
  })

  test('one model makes so many at once, and more when one of them is done', async () => {
    const gate = createGate(0)
    await using open = openServer({ runtime: { gate: gate.hold } })
    const begun = await Promise.all(Array.from({ length: 16 }, () => make(open, background)))
    expect(await refusal(open, background)).toMatchObject({ status: 429, code: 'too_many_background' })
    await open.post(`${path}/${begun[0]?.id}/cancel`, '')
    expect((await make(open, background)).status).toBe('queued')
    gate.open()
  })

  test('what is wrong with the request is told at once', async () => {
    await using open = openServer()
    const embedding = await refusal(open, { ...background, model: 'all-minilm-l6-v2' })
    expect(embedding).toMatchObject({ status: 400, code: 'ability_missing' })
    expect(await refusal(open, { ...background, keep_alive: 'soon' })).toMatchObject({
      status: 400,
      param: 'keep_alive',
    })
  })

  test('it cannot be continued before it is done', async () => {
    const gate = createGate(0)
    await using open = openServer({ runtime: { gate: gate.hold } })
    const { id } = await make(open, background)
    expect(await refusal(open, { ...hello, previous_response_id: id })).toMatchObject({
      status: 400,
      param: 'previous_response_id',
    })
    gate.open()
  })

  test('a response whose server is gone has failed, and says so to the next server', async () => {
    const file = freshFile()
    const gate = createGate(0)
    const first = openServer({ runtime: { gate: gate.hold }, responses: fileStore(file, 'first') })
    const { id } = await make(first, background)
    await using second = openServer({ responses: fileStore(file, 'second') })
    const { body } = await get(second, id)
    expect(body).toMatchObject({ status: 'failed', error: { code: 'server_error' }, completed_at: null })
    const events = await eventsOf(await fetch(`${second.server.url}${path}/${id}?stream=true`))
    expect(events.at(-1)?.type).toBe('response.failed')
    const rest = await eventsOf(await fetch(`${second.server.url}${path}/${id}?stream=true&starting_after=700`))
    expect(rest).toMatchObject([{ type: 'response.failed', sequence_number: 701 }])
    gate.open()
    await first[Symbol.asyncDispose]()
  })

  test('what is not done when the server stops has failed', async () => {
    const file = freshFile()
    const gate = createGate(0)
    const first = openServer({ runtime: { gate: gate.hold }, responses: fileStore(file) })
    const { id } = await make(first, background)
    await gate.arrival()
    await first[Symbol.asyncDispose]()
    using store = fileStore(file, 'second')
    expect(store.get(id)).toMatchObject({ state: 'done', body: { status: 'failed' } })
    gate.open()
  })
})

describe('on the disk', () => {
  const contents = (file: string) =>
    readdirSync(join(file, '..'))
      .map((name) => readFileSync(join(file, '..', name), 'latin1'))
      .join('')

  test('a response that is not kept leaves nothing, and one that is kept is there', async () => {
    const file = freshFile()
    await using open = openServer({ responses: fileStore(file) })
    await make(open, { input: 'kept-words', store: true })
    const { id } = await make(open, { input: 'secret-words', instructions: 'secret-words', store: false })
    await eventsOf(await open.post(path, { input: 'secret-words', store: false, stream: true }))
    expect(contents(file)).toContain('kept-words')
    expect(contents(file)).not.toContain('secret-words')
    expect((await get(open, id)).status).toBe(404)
  })

  test('where nothing can be kept, that is said before anything is done, and the rest is answered', async () => {
    const file = freshFile()
    writeFileSync(join(file, '..'), '')
    await using open = openServer({ responses: fileStore(file) })
    expect(await refusal(open, hello)).toMatchObject({ status: 503, code: 'store_unavailable' })
    expect((await make(open, { ...hello, store: false })).status).toBe('completed')
    expect((await open.post('/v1/chat/completions', { messages: [{ role: 'user', content: 'Hi' }] })).status).toBe(200)
  })
})
