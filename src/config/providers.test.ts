import { expect, test } from 'bun:test'
import { makeEnvironment } from './environment.ts'
import { explain } from './explain.ts'
import { loadConfig } from './load.ts'
import { problemLine } from './problem.ts'
import { providerVariables } from './provider-variables.ts'

const environmentOf = (variables: Record<string, string>) =>
  makeEnvironment({ variables, platform: 'linux', home: '/home/ann', currentFolder: '/here' })
const load = (text: string, variables: Record<string, string> = {}) =>
  loadConfig({ flags: {}, environment: environmentOf(variables), file: { path: '/c.yaml', text } })
const problemsOf = (text: string, variables: Record<string, string> = {}) =>
  load(text, variables).problems.map(problemLine)
const provider = (lines: string) => `providers:\n  - name: mine\n${lines.replace(/^/gm, '    ')}\n`

test('an entry says everything of a provider', () => {
  const yaml = `providers:
  - name: mine
    base_url: [http://a:1/v1, http://b:1/v1]
    api_key_file: keys/mine
    api_key_header: api-key
    headers: { X-Title: Hearth }
    models: { small: qwen3-8b }
    only_models: true
    abilities: [chat, models]
    balance: prefix
    retries: 0
    health_path: health
fallbacks:
  - model: local
    to: [mine/small]
`
  const { config, problems } = load(yaml)
  expect(problems).toEqual([])
  expect(config.providers[0]).toMatchObject({ api_key_file: '/keys/mine', models: { small: 'qwen3-8b' } })
  expect(config.fallbacks).toEqual([{ model: 'local', to: ['mine/small'] }])
})

test('a key does not stand in the file, and is not repeated by whoever says so', () => {
  const lines = ['api_key: sk-planted', 'api_key_env: sk-planted', 'headers: { Authorization: Bearer sk-planted }']
  for (const line of lines) {
    const [problem, ...others] = problemsOf(provider(line))
    expect(others).toEqual([])
    expect(problem).toMatch(/api_key_env/)
    expect(problem).not.toContain('planted')
  }
  const [problem] = problemsOf(provider('base_url: http://ann:planted@host/v1'))
  expect(problem).toContain('must not carry a name or a password')
  expect(problem).not.toContain('planted')
  expect(problemsOf(provider('base_url: http://ann:planted@host/v1?x=1'))[0]).not.toContain('planted')
})

test('names that paths begin with, and names that are taken, are refused where they stand', () => {
  expect(problemsOf('providers:\n  - name: v1\n')[0]).toMatch(/c\.yaml:2:\d+: providers\[0\]\.name: 'v1' begins paths/)
  expect(problemsOf('providers:\n  - name: a\n  - name: a\n')[0]).toContain("the provider 'a' has an entry above")
})

test('headers that we set, or that cannot be, and two places of one key are refused', () => {
  for (const header of ['Host: a', 'Content-Length: "5"', 'Accept-Encoding: gzip', '"bad name": a', 'X-A: "a\\nb"'])
    expect(problemsOf(provider(`headers:\n  ${header}`))).toHaveLength(1)
  expect(problemsOf(provider('headers:\n  X-A: b'))).toEqual([])
  // A form has its boundary there, and the request its name.
  for (const header of ['Content-Type: application/json', 'X-Request-Id: a'])
    expect(problemsOf(provider(`headers:\n  ${header}`))[0]).toContain('sets this header itself')
  expect(problemsOf(provider('api_key_header: Content-Type'))[0]).toContain('name the one that the provider reads')
  expect(problemsOf(provider('api_key_header: X-Key\nheaders:\n  x-key: b'))[0]).toContain('stands under `headers`')
  expect(problemsOf(provider('api_key_header: X-Key\nheaders:\n  X-A: b'))).toEqual([])
  expect(problemsOf(provider('api_key_env: A\napi_key_file: b'))[0]).toContain('the key stands in one place')
  expect(problemsOf(provider('only_models: true'))[0]).toContain('name models under `models`')
})

test('fallbacks that lead back, also over others, are refused', () => {
  const of = (...lines: string[]) => problemsOf(`fallbacks:\n${lines.map((line) => `  - ${line}\n`).join('')}`)
  expect(of('{ model: a, to: [b, c] }', '{ model: b, to: [c] }')).toEqual([])
  expect(of('{ model: a, to: [a] }')[0]).toContain("'a' leads back to 'a'")
  expect(of('{ model: a, to: [b] }', '{ model: b, to: [c] }', '{ model: c, to: [x, a] }')[0]).toMatch(
    /fallbacks\[2\]\.to\[1\]: 'a' leads back to 'c'/,
  )
  expect(of('{ model: a, to: [b] }', '{ model: a, to: [c] }')[0]).toContain("the model 'a' has an entry above")
  expect(of('{ model: a, to: [b, b] }')[0]).toContain('stands there twice')
})

test('whoever explains the configuration shows no header', () => {
  const rows = explain(load(provider('base_url: http://a/v1\nheaders:\n  X-Team: planted')))
  expect(rows.find(({ path }) => path === 'providers[0].headers.X-Team')).toMatchObject({ value: '(not shown)' })
  expect(JSON.stringify(rows)).not.toContain('planted')
})

test('variables name addresses and keys, for further names too; empty ones say nothing', () => {
  const of = (variables: Record<string, string>, name: string, key?: string) =>
    providerVariables(environmentOf(variables), name, key)
  expect(of({ CEREBRAS_API_KEY: ' k\n', CEREBRAS_BASE_URL: 'https://a/v1' }, 'cerebras')).toEqual({
    addresses: { variable: 'CEREBRAS_BASE_URL', urls: ['https://a/v1'] },
    apiKey: { variable: 'CEREBRAS_API_KEY', value: 'k' },
  })
  expect(of({ MY_HOST_BASE_URL: 'http://a/v1, http://b/v1' }, 'my-host').addresses?.urls).toEqual([
    'http://a/v1',
    'http://b/v1',
  ])
  expect(of({ CUSTOM_BASE_URL: '', CUSTOM_API_KEY: ' ' }, 'custom')).toEqual({})
  expect(of({ OTHER: 'k', CUSTOM_API_KEY: 'not this' }, 'custom', 'OTHER').apiKey?.value).toBe('k')
  // Our own key is not another server's.
  expect(of({ HEARTH_API_KEY: 'ours' }, 'hearth')).toEqual({})
})

test('OLLAMA_HOST is read as Ollama reads it, and OLLAMA_BASE_URL goes over it', () => {
  const of = (OLLAMA_HOST: string, more = {}) =>
    providerVariables(environmentOf({ OLLAMA_HOST, ...more }), 'ollama').addresses?.urls[0]
  expect(of('0.0.0.0')).toBe('http://127.0.0.1:11434')
  expect(of('gpu')).toBe('http://gpu:11434')
  expect(of(':4711')).toBe('http://127.0.0.1:4711')
  expect(of('gpu:4711')).toBe('http://gpu:4711')
  expect(of('[::]:4711')).toBe('http://127.0.0.1:4711')
  expect(of('[::1]')).toBe('http://[::1]:11434')
  expect(of('::1')).toBe('http://[::1]:11434')
  expect(of('::')).toBe('http://127.0.0.1:11434')
  expect(of('a:b:c')).toBeUndefined()
  expect(of('https://gpu')).toBe('https://gpu:443')
  expect(of('http://gpu')).toBe('http://gpu:80')
  expect(of('https://gpu/ollama')).toBe('https://gpu:443/ollama')
  expect(of('"gpu"')).toBe('http://gpu:11434')
  expect(of('')).toBeUndefined()
  expect(of('gpu', { OLLAMA_BASE_URL: 'http://b:1' })).toBe('http://b:1')
  expect(of('two words')).toBeUndefined()
})

test('a wrong address in a variable is a problem; OLLAMA_HOST, which is not ours, is left aside', () => {
  expect(problemsOf('', { CUSTOM_BASE_URL: 'localhost:8080' })).toEqual([
    'CUSTOM_BASE_URL: expected an address that begins with http:// or https://',
  ])
  expect(problemsOf('providers:\n  - name: my-host\n', { MY_HOST_BASE_URL: 'http://' })[0]).toContain(
    'MY_HOST_BASE_URL',
  )
  const { problems, notes } = load('', { OLLAMA_HOST: 'two words' })
  expect(problems).toEqual([])
  expect(notes.map(({ path }) => path)).toEqual(['OLLAMA_HOST'])
})

test('what stands where headers belong is not shown: it may be a secret', () => {
  for (const lines of [
    'headers: "X-Token: 5ecret"',
    'headers: { X-Token: 5550123 }',
    'headers: { X-Token: [5ecret] }',
    'api_key_header: sk 5ecret',
  ]) {
    const problems = problemsOf(`providers:\n  - name: own\n    base_url: http://x/v1\n    ${lines}\n`)
    expect(problems).toHaveLength(1)
    expect(problems[0]).not.toMatch(/5ecret|5550123/)
    expect(problems[0]).toContain('expected')
  }
})

test('what is wrong with an address is told once, and that an endpoint is no address of an API', () => {
  const said = (url: string) =>
    problemsOf(provider(`base_url: "${url}"`)).map((line) => line.replace(/^.*base_url: /, ''))
  for (const end of ['/chat/completions', '/chat/completions/', '/completions', '/embeddings', '/responses'])
    expect(said(`http://a:1/v1${end}`)[0]).toStartWith(`leave out ${end} at its end`)
  expect(said('https://a.example/models')).toEqual([])
  expect(said('http://a:1/v1?api-version=3')).toEqual(['an address must not have a question mark and what follows it'])
  expect(said('https://')).toEqual(['expected an address as in https://api.example.com/v1'])
  expect(said('localhost:8000/v1')).toEqual([
    'found the text "localhost:8000/v1", expected an address that begins with http:// or https://, or a list of them',
  ])
  expect(problemsOf('', { CUSTOM_BASE_URL: 'http://a:1/v1/chat/completions' })[0]).toContain(
    'CUSTOM_BASE_URL: leave out',
  )
})

test('keys as other programs call them are told what does the same here', () => {
  expect(problemsOf(provider('api_base: http://a:1/v1'))[0]).toEndWith("there is no such key; did you mean 'base_url'?")
  expect(problemsOf(provider('max_retries: 3'))[0]).toEndWith("did you mean 'retries'?")
  expect(problemsOf('model_list:\n  - model_name: a\n')[0]).toContain("stand under 'providers'")
  expect(problemsOf('ctx_size: 4096\n')[0]).toEndWith("did you mean 'n_ctx'?")
  expect(problemsOf('cors: "*"\n')[0]).toEndWith("did you mean 'cors_origins'?")
  expect(problemsOf('models:\n  - {id: a, path: a.gguf, cmd: llama-server, ttl: 5}\n')).toEqual([
    expect.stringContaining("name its file with 'path'"),
    expect.stringContaining("did you mean 'keep_alive'?"),
  ])
  for (const key of ['api_key', 'api_keys', 'master_key']) {
    const [problem] = problemsOf(`${key}: sk-planted\n`)
    expect(problem).toContain('hearth keys create')
    expect(problem).not.toContain('planted')
  }
})

test('a list that was written as something else is told how to write it', () => {
  expect(problemsOf('providers:\n  mine:\n    base_url: http://a:1/v1\n')[0]).toEndWith(
    'each entry on a line of its own after a dash',
  )
  expect(problemsOf('fallbacks:\n  - model: a\n    to: b\n')[0]).toContain('after a dash')
})

test('a variable that another place of the key goes over, and a fallback at a mistyped provider, are noted', () => {
  const notesOf = (yaml: string, variables: Record<string, string> = {}) => load(yaml, variables).notes.map(problemLine)
  const variables = { MINE_API_KEY: 'planted' }
  expect(notesOf(provider('base_url: http://a:1/v1'), variables)).toEqual([])
  expect(notesOf(provider('api_key_env: MINE_API_KEY'), variables)).toEqual([])
  expect(notesOf(provider('api_key_file: k'), variables)).toEqual([
    "MINE_API_KEY: it is left aside: api_key_file of the provider 'mine' goes over it",
  ])
  expect(notesOf(provider('api_key_env: OTHER'), variables)[0]).toContain('api_key_env')
  expect(notesOf(provider('api_key_file: k'), { MINE_API_KEY: ' ' })).toEqual([])
  const fallbacks = (to: string) =>
    `${provider('base_url: http://a:1/v1')}fallbacks:\n  - { model: a, to: [x, ${to}] }\n`
  expect(notesOf(fallbacks('Mine/b/c'))).toEqual([
    "fallbacks[0].to[1]: there is no provider 'Mine'; did you mean 'mine/b/c'?",
  ])
  for (const fine of ['mine/b', 'ollama/b:latest', 'meta-llama/Llama-3.1-8B', 'b'])
    expect(notesOf(fallbacks(fine))).toEqual([])
})
