import { expect, test } from 'bun:test'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fakeEntry } from '../../../test/fakes/fake-models.ts'
import { runCommandLine } from '../../../test/fakes/fake-terminal.ts'
import { type OpenServer, openServer } from '../../../test/fakes/open-server.ts'
import type { GenerationRequest } from '../../core/generation.ts'

const chat = 'smollm2-135m-instruct'
const embedding = 'all-minilm-l6-v2'
const at = (open: OpenServer, options: Parameters<typeof runCommandLine>[1] = {}) => ({
  ...options,
  variables: { HEARTH_URL: open.server.url, ...options.variables },
})

test('run streams an answer, takes what is piped in, and prints nothing else', async () => {
  const asked: GenerationRequest[] = []
  await using open = openServer({
    runtime: {
      script: (request) => {
        asked.push(request)
        return undefined
      },
    },
  })
  const plain = await runCommandLine(
    ['run', chat, 'Say', 'hello', '--temperature', '0', '--system', 'Be brief.'],
    at(open),
  )
  expect(plain).toMatchObject({ code: 0, errors: '' })
  expect(plain.output).toEndWith('\n')
  const [first] = asked
  expect(first?.prompt).toMatchObject({
    messages: [
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: 'Say hello' },
    ],
  })
  expect(first?.sampling.temperature).toBe(0)
  const piped = await runCommandLine(['run', chat], at(open, { input: 'From a pipe.\n' }))
  expect(piped.code).toBe(0)
  expect(asked[1]?.prompt).toMatchObject({ messages: [{ content: 'From a pipe.' }] })
})

test('run --json is the answer of the API, and --verbose stands on standard error', async () => {
  await using open = openServer()
  const { output } = await runCommandLine(['run', chat, 'x', '--json', '--max-tokens', '2'], at(open))
  expect(JSON.parse(output)).toMatchObject({ object: 'chat.completion', model: chat })
  const verbose = await runCommandLine(['run', chat, 'x', '--verbose'], at(open))
  expect(verbose.output).toBe('Hello there!\n')
  expect(verbose.errors).toContain('first token:')
})

test('run refuses what it cannot do before anything is generated', async () => {
  await using open = openServer()
  const fail = async (...args: string[]) => {
    const { code, errors, output } = await runCommandLine(args, at(open, { input: '' }))
    expect(output).toBe('')
    return `${code} ${errors}`
  }
  expect(await fail('run', embedding, 'x')).toContain(`hearth embed ${embedding}`)
  expect(await fail('run', 'absent', 'x')).toContain("1 hearth: The model 'absent' does not exist here.")
  expect(await fail('run', chat)).toContain('standard input is empty')
  expect(await fail('run', chat, 'x', '--temperature', 'warm')).toContain(
    "2 hearth: this cannot be used:\n  --temperature: found 'warm'",
  )
  expect(await fail('run', chat, 'x', '--format', 'absent.json')).toContain('--format: expected json or a file')
  expect(await fail('run', chat, 'x', '--temprature', '1')).toContain('did you mean --temperature?')
  expect(await fail('run', chat, 'x', '--temperature', '9')).toContain("1 hearth: Invalid value for 'temperature'")
  expect(await fail('run')).toStartWith('2 ')
})

test('run fetches a model that is not here, and loads it as it is told to', async () => {
  await using open = openServer({ entries: [fakeEntry({ id: 'Fake' }), fakeEntry({ id: chat })] })
  const { code, output, errors } = await runCommandLine(['run', 'hf:fake/repository:Q4_K_M', 'x'], at(open))
  expect({ code, output, errors }).toMatchObject({ code: 0, output: 'Hello there!\n' })
  const loaded = await runCommandLine(['run', chat, 'x', '--n-ctx', '128'], at(open))
  expect(loaded).toMatchObject({ code: 0 })
  const ps = await runCommandLine(['ps', '--json'], at(open))
  expect(JSON.parse(ps.output)).toContainEqual(expect.objectContaining({ id: chat, n_ctx: 128 }))
})

test('embed writes a vector a line, from arguments and from lines, or the whole answer', async () => {
  await using open = openServer()
  const { code, output } = await runCommandLine(['embed', embedding, 'a', 'b'], at(open))
  expect(code).toBe(0)
  const vectors = output
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  expect(vectors.map((vector) => vector.length)).toEqual([8, 8])
  const lines = Array.from({ length: 150 }, (_, index) => `text ${index}`)
  const piped = await runCommandLine(['embed', 'minilm'], at(open, { input: `${lines.join('\n')}\n` }))
  expect(piped.output.trim().split('\n')).toHaveLength(150)
  const whole = await runCommandLine(['embed', embedding, '--json'], at(open, { input: lines.join('\r\n') }))
  const reply = JSON.parse(whole.output)
  expect(reply.data.map(({ index }: { index: number }) => index)).toEqual(lines.map((_, index) => index))
  expect(reply.usage.prompt_tokens).toBeGreaterThanOrEqual(300)
  const empty = await runCommandLine(['embed', embedding], at(open, { input: 'a\n\nb\n' }))
  expect(empty).toMatchObject({ code: 1, errors: expect.stringContaining('Line 2 of standard input is empty') })
  expect((await runCommandLine(['embed', chat, 'x'], at(open))).errors).toContain(`hearth run ${chat}`)
  expect((await runCommandLine(['embed', embedding], at(open))).errors).toContain('There is no text')
})

test('models of other servers answer and embed, and are neither loaded nor measured here', async () => {
  await using open = openServer()
  const asked = await runCommandLine(['run', 'example/small', 'hi'], at(open))
  expect(asked).toMatchObject({ code: 0, errors: '' })
  expect(asked.output.trim()).not.toBe('')
  expect((await runCommandLine(['run', 'example/small', 'hi', '--json'], at(open))).output).toContain('"choices"')
  // What the provider does not list it may have.
  expect((await runCommandLine(['run', 'example/unlisted', 'hi'], at(open))).code).toBe(0)
  expect((await runCommandLine(['embed', 'example/small', 'hi'], at(open))).output).toStartWith('[')
  const told = await runCommandLine(['run', 'example/small', 'hi', '--n-ctx', '100'], at(open))
  expect(told).toMatchObject({
    code: 1,
    errors: expect.stringContaining('another server, which --n-ctx cannot change'),
  })
  const measured = await runCommandLine(['bench', 'example/small'], at(open))
  expect(measured).toMatchObject({ code: 1, errors: expect.stringContaining('bench measures models of this one') })
})

test('ps, load and unload', async () => {
  await using open = openServer()
  expect((await runCommandLine(['ps'], at(open))).output).toStartWith('MODEL')
  const loaded = await runCommandLine(['load', chat, '--n-ctx', '200', '--pinned', '--keep-alive', '5m'], at(open))
  expect(loaded).toMatchObject({ code: 0, errors: '' })
  const ps = await runCommandLine(['ps'], at(open))
  expect(ps.output).toMatch(new RegExp(`${chat} +chat +ready .* 200 +0/4 +pinned`))
  const again = await runCommandLine(['load', chat, '--n-ctx', '100', '--json'], at(open))
  expect(JSON.parse(again.output)).toMatchObject({ outcome: 'reloaded', changed: ['n_ctx'], n_ctx: 100 })
  const gone = await runCommandLine(['stop', chat, '--json'], at(open))
  expect(JSON.parse(gone.output)).toMatchObject({ models: [{ id: chat, was_loaded: true }] })
  const left = JSON.parse((await runCommandLine(['ps', '--json'], at(open))).output)
  expect(left.map(({ id }: { id: string }) => id)).not.toContain(chat)
  expect((await runCommandLine(['unload', '--all'], at(open))).code).toBe(0)
})

test('load and unload say what is wrong with what they were told', async () => {
  await using open = openServer()
  const told = async (...args: string[]) => {
    const { code, errors } = await runCommandLine(args, at(open))
    return `${code} ${errors}`
  }
  expect(await told('load', 'absent')).toStartWith("1 hearth: The model 'absent' does not exist here.")
  expect(await told('load', 'huge')).toContain('memory')
  expect(await told('load', 'broken')).toContain('the file is no model')
  expect(await told('load', chat, '--lora', 'x=y')).toContain(
    "2 hearth: this cannot be used:\n  --lora: found the scale 'y'",
  )
  expect(await told('unload')).toContain('name a model, or say --all')
  expect(await told('unload', chat, '--all')).toContain('name a model, or say --all')
  expect(await told('unload', chat, '--wait', '--cut')).toContain('--wait says the opposite')
})

test('list of a named server, and rm there', async () => {
  await using open = openServer()
  const list = await runCommandLine(['ls'], at(open))
  expect(list.output).toContain(`${chat} `)
  expect(list.output).toContain('in the catalog')
  expect((await runCommandLine(['rm', chat], at(open, { input: '' }))).errors).toContain('--yes')
  const removed = await runCommandLine(['rm', chat, '--yes'], at(open))
  expect(removed).toMatchObject({ code: 0, output: expect.stringContaining(`${chat}: deleted`) })
  expect((await runCommandLine(['rm', chat, '--yes'], at(open))).code).toBe(1)
})

test('pull at a server: progress on standard error, the outcome on standard output, refusals with their hints', async () => {
  await using open = openServer()
  const pulled = await runCommandLine(['pull', 'fake-chat', 'hf:fake/repository/Fake.gguf', '--json'], at(open))
  expect(pulled.code).toBe(0)
  expect(JSON.parse(pulled.output)).toEqual([
    expect.objectContaining({ id: 'Fake', fetched: true }),
    expect.objectContaining({ id: 'Fake', fetched: true }),
  ])
  const failed = await runCommandLine(['pull', 'hf:fake/broken', 'absent', 'fake-chat'], at(open))
  expect(failed.code).toBe(1)
  expect(failed.errors).toContain('Put the file there yourself.')
  expect(failed.errors).toContain("'absent'")
  expect(failed.output).toContain('fetched')
  expect((await runCommandLine(['pull'], at(open))).code).toBe(2)
  expect((await runCommandLine(['pull', 'a', 'b', '--sha256', 'x'], at(open))).code).toBe(2)
})

test('bench of both kinds of models', async () => {
  await using open = openServer({ runtime: { script: () => 'one two three four five six seven eight' } })
  const sizes = ['--requests', '1,3', '--prompt', '20', '--tokens', '6']
  const { code, output } = await runCommandLine(['bench', chat, ...sizes, '--json'], at(open))
  expect(code).toBe(0)
  const { results } = JSON.parse(output)
  expect(results.map(({ requests }: { requests: number }) => requests)).toEqual([1, 3])
  for (const row of results) expect(row.generated_tokens).toBe(row.requests * 6)
  for (const row of results) expect(row.reading_tokens_per_second).toBeGreaterThan(0)
  const table = await runCommandLine(['bench', embedding, '--requests', '2'], at(open))
  expect(table.output).toContain('TEXTS/S')
  expect((await runCommandLine(['bench', chat, '--requests', '0'], at(open))).code).toBe(2)
})

test('commands that need a server say so', async () => {
  const { code, errors } = await runCommandLine(['ps', '--url', 'http://127.0.0.1:1'])
  expect([code, errors]).toEqual([
    1,
    'hearth: There is no connection to http://127.0.0.1:1: nothing listens there.\n        Start a server with `hearth serve`, or say with --url where one is.\n',
  ])
  expect((await runCommandLine(['ps', '--port', '0'])).errors).toContain('any free port')
  expect((await runCommandLine(['ps', '--url', 'ftp://x'])).code).toBe(2)
})

test('numbers that JSON cannot write are refused, and not left out in silence', async () => {
  await using open = openServer()
  for (const flag of ['--temperature', '--seed', '--n-ctx'])
    expect(await runCommandLine(['run', chat, 'x', flag, 'Infinity'], at(open))).toMatchObject({ code: 2, output: '' })
  expect((await runCommandLine(['load', chat, '--slots', '1e999'], at(open))).code).toBe(2)
})

test('folders and files of this machine are not what a named server uses', async () => {
  await using open = openServer()
  const { code, errors } = await runCommandLine(['run', chat, 'x', '--models-dir', '/nowhere'], at(open))
  expect(code).toBe(2)
  expect(errors).toContain('--models-dir: a running server has folders and files of its own')
})

test('chat asks the model that --model names', async () => {
  await using open = openServer()
  const { errors } = await runCommandLine(['chat', '--model', 'absent'], at(open, { input: 'Hello?' }))
  expect(errors).toContain("The model 'absent' does not exist here.")
  const json = await runCommandLine(['chat', '--json'], at(open, { isTerminal: true }))
  expect(json).toMatchObject({ code: 1, output: '' })
  expect(JSON.parse(json.errors).error.message).toContain('no JSON')
})

test('pull --json tells what was fetched also when something could not be', async () => {
  await using open = openServer()
  const { code, output, errors } = await runCommandLine(['pull', 'fake-chat', 'absent', '--json'], at(open))
  expect(code).toBe(1)
  expect(JSON.parse(output)).toHaveLength(1)
  expect(JSON.parse(errors.trimEnd().split('\n').at(-1) ?? '').error.code).toBe('model_not_found')
})

test('a model that loads is in use by nobody, and has no share before its process reads', async () => {
  const common = { kind: 'chat', busy: 0, held: 0, waiting: 1, pinned: false }
  const sizes = { estimated_main_bytes: 395e6, estimated_device_bytes: 0 }
  const data = [
    { id: 'a', ...common, ...sizes, state: 'loading', progress: 0 },
    { id: 'b', ...common, ...sizes, state: 'loading', progress: 0.426 },
    { id: 'c', ...common, ...sizes, state: 'leaving' },
    { id: 'd', ...common, ...sizes, state: 'ready' },
  ]
  const server = createServer((request, response) => {
    response.end(
      JSON.stringify(request.url === '/health' ? { status: 'ok', version: '1', uptime_seconds: 5 } : { data }),
    )
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const { output } = await runCommandLine(['ps', '--url', url])
  server.close()
  const rows = output
    .trimEnd()
    .split('\n')
    .map((line) => line.split(/ {2,}/))
  expect(rows.slice(1).map(([id, , state, memory, , , , until]) => [id, state, memory, until])).toEqual([
    ['a', 'loading', 'about 395 MB', '-'],
    ['b', 'loading 42%', 'about 395 MB', '-'],
    ['c', 'leaving', 'about 395 MB', '-'],
    ['d', 'ready', 'about 395 MB', 'in use'],
  ])
})

test('embed sends no more in one request than a server takes', async () => {
  await using open = openServer()
  const input = Array.from({ length: 64 }, () => `${'x'.repeat(20_000)}\n`).join('')
  const { code, output, errors } = await runCommandLine(['embed', embedding], at(open, { input }))
  expect([code, errors]).toEqual([0, ''])
  expect(output.trimEnd().split('\n')).toHaveLength(64)
})
