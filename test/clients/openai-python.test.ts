import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { expectLikeness } from '../expect-answers.ts'
import { type Hearth, startHearth } from '../start-hearth.ts'
import { expectHeatingArguments } from './expect-values.ts'
import { pythonEnvironment, withoutPython } from './python-environment.ts'
import { playScenes } from './python-scenes.ts'

const python = await pythonEnvironment('openai')
let server: Hearth

beforeAll(async () => {
  if (python) server = await startHearth()
})
afterAll(() => server?.stop())

describe.skipIf(!python)(`openai-python, chat${withoutPython(python)}`, () => {
  const answerOf = playScenes({ python, script: 'openai-chat', url: () => server.url })

  test('lists the two default models', () => {
    expect(answerOf<string[]>('models')).toEqual(['smollm2-135m-instruct', 'all-minilm-l6-v2'])
  })

  test('streams the same text and the same usage as it answers whole', () => {
    const { whole, streamed, finish, tokens, ids } = answerOf<Streamed & { finish: string[]; ids: number }>(
      'whole_and_streamed',
    )
    expect(whole.trim()).not.toBe('')
    expect(streamed).toBe(whole)
    expect(finish[1]).toBe(finish[0] ?? '')
    expect(tokens[1]).toBe(tokens[0] ?? -1)
    expect(ids).toBe(1)
  })

  test('the stream helper assembles the whole answer and its logprobs', () => {
    const answer = answerOf<Record<'deltas' | 'content' | 'logprobs' | 'whole', string> & { types: string[] }>(
      'stream_helper',
    )
    expect(answer.types).toEqual([
      'chunk',
      'content.delta',
      'content.done',
      'logprobs.content.delta',
      'logprobs.content.done',
    ])
    expect(answer.deltas).toBe(answer.whole)
    expect(answer.content).toBe(answer.whole)
    expect(answer.logprobs).toBe(answer.whole)
  })

  test('parses an answer into a pydantic model', () => {
    const { finish, parsed, content } = answerOf<{ finish: string; parsed: object; content: object }>('parse')
    expect(finish).toBe('stop')
    expect(parsed).toEqual(content)
  })

  test('parses a streamed answer into the same', () => {
    const answer = answerOf<{ deltas: string; content: string; whole: string; parsed: object }>('parse_streamed')
    expect(answer.deltas).toBe(answer.content)
    expect(answer.content).toBe(answer.whole)
    expect(answer.parsed).toEqual(JSON.parse(answer.content))
  })

  test('gives the chances of the tokens, likeliest first', () => {
    const { content, tokens } = answerOf<{ content: string; tokens: Chance[] }>('logprobs')
    const bytes = tokens.flatMap((token) => token.bytes)
    expect(new TextDecoder().decode(Uint8Array.from(bytes))).toBe(content)
    for (const { text, logprob, top } of tokens) {
      expect(top).toHaveLength(3)
      expect(top.map(([, chance]) => chance)).toEqual(top.map(([, chance]) => chance).sort((a, b) => b - a))
      // At temperature 0 the token that was taken is the likeliest.
      expect(top[0]).toEqual([text, logprob])
      expect(logprob).toBeLessThanOrEqual(0)
    }
  })

  test('gives several choices, streamed as they are whole', () => {
    const answer = answerOf<{ indexes: number[]; whole: string[]; streamed: string[]; tokens: number[] }>(
      'several_choices',
    )
    expect(answer.indexes).toEqual([0, 1, 2])
    expect(new Set(answer.whole).size).toBeGreaterThan(1)
    expect(answer.streamed).toEqual(answer.whole)
    expect(answer.tokens[1]).toBe(answer.tokens[0] ?? -1)
  })

  test('runs a tool and goes on', () => {
    const answer = answerOf<ToolRun>('tool_run')
    expect(answer.finish).toBe('tool_calls')
    expect(answer.content).toBeNull()
    expect(answer.names.length).toBeGreaterThan(0)
    expect(new Set(answer.names)).toEqual(new Set(['set_heating']))
    answer.arguments.forEach(expectHeatingArguments)
    expect(answer.final.trim()).not.toBe('')
    expect(['stop', 'length']).toContain(answer.finalFinish)
    expect(answer.finalCalls).toBeNull()
  })

  test('streams the arguments of a call, which only grow', () => {
    const answer = answerOf<ToolStream>('tool_streamed')
    let assembled = ''
    for (const [snapshot, delta] of answer.snapshots) {
      assembled += delta
      expect(snapshot).toBe(assembled)
    }
    expect(answer.arguments).toBe(assembled)
    expect(answer.arguments).toBe(answer.whole)
    expect(answer.finish[1]).toBe(answer.finish[0] ?? '')
    expectHeatingArguments(answer.parsed)
  })

  test('knows functions in the old form', () => {
    const answer = answerOf<{ finish: string; name: string; arguments: unknown; final: string }>('legacy_functions')
    expect(['function_call', 'stop']).toContain(answer.finish)
    expect(answer.name).toBe('set_heating')
    expectHeatingArguments(answer.arguments)
    expect(answer.final.trim()).not.toBe('')
  })

  test('refuses with the errors that the package knows, and names the parameter', () => {
    expect(answerOf<object>('refusals')).toEqual({
      unknown_model: ['NotFoundError', 'model', 'model_not_found'],
      hot: ['BadRequestError', 'temperature', 'invalid_parameter'],
      unknown: ['BadRequestError', 'colour', 'unknown_parameter'],
      orphan: ['BadRequestError', 'messages[0].tool_call_id', 'invalid_parameter'],
      arguments: ['BadRequestError', 'messages[1].tool_calls[0].function.arguments', 'invalid_parameter'],
      picture: ['BadRequestError', 'messages[0].content[0]', 'ability_missing'],
    })
  })
})

describe.skipIf(!python)(`openai-python, completions and embeddings${withoutPython(python)}`, () => {
  const answerOf = playScenes({ python, script: 'openai-texts', url: () => server.url })

  test('streams the same text as it completes whole', () => {
    const { whole, streamed, tokens, finish } = answerOf<Streamed & { finish: string }>('completion')
    expect(whole.trim()).not.toBe('')
    expect(streamed).toBe(whole)
    expect(tokens).toEqual([8, 8])
    expect(finish).toBe('length')
  })

  test('repeats the prompt with the chances of its tokens', () => {
    const { text, tokens, chances, offsets, top } = answerOf<EchoedText>('echo_with_logprobs')
    expect(text).toStartWith('Once upon a time')
    expect(tokens.join('')).toBe(text)
    expect(chances[0]).toBeNull()
    expect(chances.slice(1).every((chance) => chance !== null && chance <= 0)).toBe(true)
    expect(offsets).toEqual(tokens.map((_, index) => tokens.slice(0, index).join('').length))
    expect(top[0]).toBeNull()
    // The token that was taken stands beside the likeliest two, or is one of them.
    expect(top.slice(1).every((count) => count === 2 || count === 3)).toBe(true)
  })

  test('answers each prompt as often as asked, and picks the best of several', () => {
    const { indexes, tokens, best } = answerOf<{ indexes: number[]; tokens: number; best: number[] }>('several_prompts')
    expect(indexes).toEqual([0, 1, 2, 3])
    expect(tokens).toBeGreaterThan(0)
    expect(tokens).toBeLessThanOrEqual(16)
    expect(best).toEqual([1, 24])
  })

  test('refuses what it cannot do', () => {
    expect(answerOf<object>('refusals')).toEqual({
      suffix: ['BadRequestError', 'suffix', 'ability_missing'],
      best_of: ['BadRequestError', 'best_of', 'invalid_parameter'],
      logprobs: ['BadRequestError', 'logprobs', 'invalid_parameter'],
    })
  })

  test('embeds in both codings and in fewer dimensions', () => {
    const { own, plain, coded, shorter, tokens } = answerOf<Embeddings>('embeddings')
    expectLikeness(own)
    const flat = (rows: readonly number[][]) => rows.flat().map((value) => Math.fround(value))
    expect(flat(own)).toEqual(flat(plain))
    expect(flat(coded)).toEqual(flat(plain))
    expect(shorter).toEqual([64, 64, 64])
    expect(tokens[0]).toBeGreaterThan(15)
    expect(tokens[1]).toBe(tokens[0] ?? -1)
  })
})

describe.skipIf(!python)(`openai-python, responses${withoutPython(python)}`, () => {
  const answerOf = playScenes({ python, script: 'openai-responses', url: () => server.url })

  test('streams the same text as it answers whole, in OpenAI’s order', () => {
    const answer = answerOf<ResponseStream>('whole_and_streamed')
    expect(answer.whole.trim()).not.toBe('')
    expect(answer.streamed).toBe(answer.whole)
    expect(answer.last).toBe(answer.whole)
    expect(answer.numbers).toEqual(answer.numbers.map((_, index) => index))
    const last = answer.status[0] === 'completed' ? 'response.completed' : 'response.incomplete'
    expect(answer.types.filter((type, index) => type !== answer.types[index - 1])).toEqual([
      'response.created',
      'response.in_progress',
      'response.output_item.added',
      'response.content_part.added',
      'response.output_text.delta',
      'response.output_text.done',
      'response.content_part.done',
      'response.output_item.done',
      last,
    ])
    expect(answer.status[1]).toBe(answer.status[0] ?? '')
    expect(answer.incomplete).toBe(answer.status[0] === 'completed' ? null : 'max_output_tokens')
    expect(answer.usage.total_tokens).toBe(answer.usage.input_tokens + answer.usage.output_tokens)
  })

  test('the stream helper assembles the whole text', () => {
    const { deltas, final } = answerOf<{ deltas: string; final: string }>('stream_helper')
    expect(final).not.toBe('')
    expect(deltas).toBe(final)
  })

  test('parses an answer into a pydantic model, streamed too', () => {
    const { parsed, streamed, text, status } = answerOf<ParsedResponse>('parse')
    expect(status).toBe('completed')
    expect(text[1]).toBe(text[0] ?? '')
    expect(parsed).toEqual(JSON.parse(text[0] ?? ''))
    expect(streamed).toEqual(parsed)
  })

  test('runs a tool and goes on, with all items sent again or by the name of the response before', () => {
    const answer = answerOf<ResponseToolRun>('tool_run')
    expect(new Set(answer.names)).toEqual(new Set(['set_heating']))
    answer.arguments.forEach(expectHeatingArguments)
    expect(answer.again.trim()).not.toBe('')
    expect(answer.linked.trim()).not.toBe('')
    // The same was read both times.
    expect(answer.tokens[1]).toBe(answer.tokens[0] ?? -1)
  })

  test('streams the arguments of a call', () => {
    const {
      deltas,
      done,
      arguments: whole,
    } = answerOf<{ deltas: string; done: string[]; arguments: string[] }>('tool_streamed')
    expect(done).toEqual([deltas])
    expect(whole).toEqual([deltas])
    expectHeatingArguments(JSON.parse(deltas))
  })

  test('keeps responses, continues them, deletes them', () => {
    expect(answerOf<object>('kept')).toEqual({
      same: true,
      metadata: { topic: 'cities' },
      items: [['message', 'user', 'What is the capital of France?']],
      previous: true,
      longer: true,
      gone: [true, true],
    })
  })

  test('answers in the background, and cancels that', () => {
    const { first, last, text, cancelled } = answerOf<Background>('background')
    expect(['queued', 'in_progress']).toContain(first)
    expect(['completed', 'incomplete']).toContain(last)
    expect(text).not.toBe('')
    expect(cancelled).toEqual(['cancelled', 'cancelled'])
  })

  test('refuses with the errors that the package knows, and names the parameter', () => {
    expect(answerOf<object>('refusals')).toEqual({
      previous: ['BadRequestError', 'previous_response_id', 'previous_response_not_found'],
      tool: ['BadRequestError', 'tools[0].type', 'unsupported_parameter'],
      unkept_background: ['BadRequestError', 'store', 'invalid_parameter'],
    })
  })
})

interface Streamed {
  readonly whole: string
  readonly streamed: string
  readonly tokens: readonly number[]
}

interface Chance {
  readonly text: string
  readonly bytes: readonly number[]
  readonly logprob: number
  readonly top: readonly (readonly [token: string, chance: number])[]
}

interface ToolRun {
  readonly finish: string
  readonly content: string | null
  readonly names: readonly string[]
  readonly arguments: readonly unknown[]
  readonly final: string
  readonly finalFinish: string
  readonly finalCalls: unknown
}

interface ToolStream {
  readonly snapshots: readonly (readonly [snapshot: string, delta: string])[]
  readonly arguments: string
  readonly parsed: unknown
  readonly whole: string
  readonly finish: readonly string[]
}

interface EchoedText {
  readonly text: string
  readonly tokens: readonly string[]
  readonly chances: readonly (number | null)[]
  readonly offsets: readonly number[]
  readonly top: readonly (number | null)[]
}

interface Embeddings {
  readonly own: number[][]
  readonly plain: number[][]
  readonly coded: number[][]
  readonly shorter: readonly number[]
  readonly tokens: readonly number[]
}

interface ResponseStream {
  readonly whole: string
  readonly streamed: string
  readonly last: string
  readonly types: readonly string[]
  readonly numbers: readonly number[]
  readonly status: readonly string[]
  readonly incomplete: string | null
  readonly usage: { readonly input_tokens: number; readonly output_tokens: number; readonly total_tokens: number }
}

interface ParsedResponse {
  readonly parsed: object
  readonly streamed: object
  readonly text: readonly string[]
  readonly status: string
}

interface ResponseToolRun {
  readonly names: readonly string[]
  readonly arguments: readonly unknown[]
  readonly tokens: readonly number[]
  readonly again: string
  readonly linked: string
}

interface Background {
  readonly first: string
  readonly last: string
  readonly text: string
  readonly cancelled: readonly string[]
}
