import { expect, test } from 'bun:test'
import { type EnvironmentFacts, makeEnvironment } from './environment.ts'
import { loadConfig } from './load.ts'
import { problemLine } from './problem.ts'

interface Given {
  readonly flags?: Record<string, string>
  readonly variables?: Record<string, string>
  readonly yaml?: string
  readonly facts?: Partial<EnvironmentFacts>
}

const load = ({ flags = {}, variables = {}, yaml, facts }: Given) =>
  loadConfig({
    flags,
    environment: makeEnvironment({ variables, platform: 'linux', home: '/home/ann', currentFolder: '/here', ...facts }),
    ...(yaml !== undefined && { file: { path: '/etc/hearth/config.yaml', text: yaml } }),
  })

const problemsOf = (given: Given) => load(given).problems.map(problemLine)

test('without anything said, every default stands', () => {
  const { config, problems, sources } = load({})
  expect(problems).toEqual([])
  expect(config).toMatchObject({
    port: 8080,
    host: '127.0.0.1',
    n_ctx: 'auto',
    temperature: 0.8,
    models: [],
    catalog: [],
  })
  expect(config.models_dir).toBe('/home/ann/.local/share/hearth/models')
  expect(config.max_tokens).toBeUndefined()
  expect(sources.port).toEqual({ type: 'default' })
})

test('flags go over the environment, the environment over the file, and each value knows its source', () => {
  const { config, sources } = load({
    flags: { port: '1' },
    variables: { HEARTH_PORT: '2', HEARTH_HOST: '::1' },
    yaml: 'host: 10.0.0.1\nport: 3\n\nslots: 4',
  })
  expect(config).toMatchObject({ port: 1, host: '::1', slots: 4 })
  expect(sources.port).toEqual({ type: 'flag', name: '--port' })
  expect(sources.host).toEqual({ type: 'environment', name: 'HEARTH_HOST' })
  expect(sources.slots).toEqual({ type: 'file', file: '/etc/hearth/config.yaml', line: 4 })
})

test('all problems come at once, each with path, place, what was found and what is expected', () => {
  const yaml = [
    'prot: 9000',
    'temperature: warm',
    'models:',
    '  - id: one',
    '  - id: two',
    '    n_ctx: 0',
    '    nctx: 5',
    '  - kind: chat',
    'catalog:',
    '  - id: x',
    '    kind: chat',
    '    file: ../x.gguf',
    '    sources: [{ hugging_face: { repo: nobody } }, {}]',
  ].join('\n')
  const given = {
    flags: { 'top-q': '1', port: '70000' },
    variables: { HEARTH_N_CTXT: '5', HEARTH_SLOTS: 'many' },
    yaml,
  }
  const at = '/etc/hearth/config.yaml'
  expect(problemsOf(given)).toEqual([
    '--top-q: there is no such flag; did you mean --top-p?',
    '--port: found 70000, expected a whole number from 0 to 65535',
    'HEARTH_N_CTXT: there is no such variable; did you mean HEARTH_N_CTX?',
    'HEARTH_SLOTS: found the text "many", expected a whole number from 1 to 256 or auto',
    `${at}:1:1: prot: there is no such key; did you mean 'port'?`,
    `${at}:2:14: temperature: found the text "warm", expected a number from 0 to 2`,
    `${at}:6:12: models[1].n_ctx: found 0, expected a whole number of at least 1 or auto`,
    `${at}:7:5: models[1].nctx: there is no such key; did you mean 'n_ctx'?`,
    `${at}:8:5: models[2]: this entry needs 'id' (a name) or 'path' (a GGUF file), or both`,
    `${at}:12:11: catalog[0].file: found the text "../x.gguf", expected a file name that ends in .gguf, without a folder`,
    `${at}:13:31: catalog[0].sources[0].hugging_face: the key 'file' is missing`,
    `${at}:13:39: catalog[0].sources[0].hugging_face.repo: found the text "nobody", expected a repository, as owner/name`,
    `${at}:13:51: catalog[0].sources[1]: expected exactly one of the keys hugging_face or python_package`,
  ])
})

test('a file that is not YAML, or not keys with values, is a problem with a place', () => {
  const at = '/etc/hearth/config.yaml'
  expect(problemsOf({ yaml: 'host: [1, 2\nport: 3' })[0]).toStartWith(`${at}:`)
  expect(problemsOf({ yaml: '- port: 1' })).toEqual([
    `${at}:1:1: found a list of 1, expected keys with values, a line each, like 'port: 8080'`,
  ])
  expect(problemsOf({ yaml: 'port: 1\nhost: x\nport: 2' })).toEqual([
    `${at}:3:1: the key 'port' stands here a second time`,
  ])
  expect(problemsOf({ yaml: 'port: 1\n---\nport: 2' })).toHaveLength(1)
  expect(problemsOf({ yaml: 'host: !secret x' })).toHaveLength(1)
  expect(problemsOf({ yaml: '__proto__: 1\nconstructor: 2' })).toHaveLength(2)
  expect(problemsOf({ yaml: `a: &a [x, x, x, x, x, x, x, x, x, x]\n${aliases(8)}` })[0]).toContain('alias')
})

/** Each line holds the one before it ten times over. */
const aliases = (depth: number) =>
  Array.from({ length: depth }, (_, at) => {
    const [name, before] = [String.fromCharCode(98 + at), String.fromCharCode(97 + at)]
    return `${name}: &${name} [${Array(10).fill(`*${before}`).join(', ')}]`
  }).join('\n')

test('a key that stands twice hides no other problem', () => {
  expect(problemsOf({ yaml: 'prt: 1\nport: 2\nn_ctx: 0\nport: 3' })).toEqual([
    "/etc/hearth/config.yaml:1:1: prt: there is no such key; did you mean 'port'?",
    '/etc/hearth/config.yaml:3:8: n_ctx: found 0, expected a whole number of at least 1 or auto',
    "/etc/hearth/config.yaml:4:1: the key 'port' stands here a second time",
  ])
})

test('a second document is refused in words for people', () => {
  expect(problemsOf({ yaml: 'port: 1\n---\nport: 2' })).toEqual([
    "/etc/hearth/config.yaml:2:1: a second document begins here; take the line '---' away",
  ])
})

test('more slots than llama.cpp has sequences are refused before anything is started', () => {
  expect(problemsOf({ yaml: 'slots: 257', flags: { slots: '1000' } })).toEqual([
    '--slots: found 1000, expected a whole number from 1 to 256 or auto',
    '/etc/hearth/config.yaml:1:8: slots: found 257, expected a whole number from 1 to 256 or auto',
  ])
  expect(load({ yaml: 'slots: 256' }).config.slots).toBe(256)
})

test('aliases and merge keys work, and a problem in them points at their origin', () => {
  const yaml = 'models:\n  - &base { id: a, n_ctx: 512 }\n  - <<: *base\n    id: b'
  const { config, problems } = load({ yaml })
  expect(problems).toEqual([])
  expect(config.models).toEqual([
    { id: 'a', n_ctx: 512 },
    { id: 'b', n_ctx: 512 },
  ])
})

test('two entries with one name are refused', () => {
  const yaml = 'models:\n  - { id: a, aliases: [x] }\n  - { id: b, aliases: [y, x] }\n  - { id: a }'
  expect(load({ yaml }).problems.map(({ path }) => path)).toEqual(['models[1].aliases[1]', 'models[2].id'])
})

test('an empty draft path means none, also over a file that names one', () => {
  const yaml = 'draft_model_path: d.gguf'
  expect(load({ yaml }).config.draft_model_path).toBe('/etc/hearth/d.gguf')
  const { config, problems, sources } = load({ yaml, variables: { HEARTH_DRAFT_MODEL_PATH: '' } })
  expect([config.draft_model_path, problems]).toEqual([undefined, []])
  expect(sources.draft_model_path).toEqual({ type: 'environment', name: 'HEARTH_DRAFT_MODEL_PATH' })
  expect(load({ yaml: 'draft_model_path: ""\nmodel_path:' }).problems).toEqual([])
})

test('any other empty variable counts as unset, and a key without a value as absent', () => {
  expect(load({ variables: { HEARTH_PORT: '' }, yaml: 'port: 5\nhost:' }).config).toMatchObject({
    port: 5,
    host: '127.0.0.1',
  })
})

test('an empty flag is refused where emptiness means nothing', () => {
  expect(problemsOf({ flags: { port: '' } })).toHaveLength(1)
  expect(problemsOf({ flags: { model: '' } })).toHaveLength(1)
})

test('paths start at the folder of the file, or at the current folder, or at home', () => {
  const yaml = 'models_dir: models\nmodel_path: /x/y.gguf\nmodels: [{ path: ~/a.gguf, draft_model_path: ../d.gguf }]'
  expect(load({ yaml }).config).toMatchObject({
    models_dir: '/etc/hearth/models',
    model_path: '/x/y.gguf',
    models: [{ path: '/home/ann/a.gguf', draft_model_path: '/etc/d.gguf' }],
  })
  expect(load({ flags: { 'models-dir': 'm' } }).config.models_dir).toBe('/here/m')
  expect(load({ variables: { HEARTH_MODELS_DIR: '~/m' } }).config.models_dir).toBe('/home/ann/m')
})

test('names of hosts are a text with commas, or a list', () => {
  const hosts = (given: Given) => [load(given).config.allowed_hosts, problemsOf(given)]
  expect(hosts({ yaml: 'allowed_hosts: a.lan, .b.lan' })).toEqual(['a.lan, .b.lan', []])
  expect(hosts({ yaml: 'allowed_hosts: [a.lan, .b.lan]' })).toEqual([['a.lan', '.b.lan'], []])
  expect(hosts({ variables: { HEARTH_ALLOWED_HOSTS: 'a.lan,.b.lan' } })).toEqual(['a.lan,.b.lan', []])
  expect(hosts({ yaml: 'allowed_hosts: 5' })[1]).toEqual([
    '/etc/hearth/config.yaml:1:16: allowed_hosts: found 5, expected a text or a list',
  ])
})

test('texts become what their option wants', () => {
  const flags = {
    preload: 'false',
    'n-gpu-layers': '-1',
    'top-p': '.5',
    model: '123',
    slots: 'auto',
    'max-body-bytes': '1e6',
  }
  const { config, problems } = load({ flags })
  expect(problems).toEqual([])
  expect(config).toMatchObject({
    preload: false,
    n_gpu_layers: -1,
    top_p: 0.5,
    model: '123',
    slots: 'auto',
    max_body_bytes: 1e6,
  })
  expect(
    problemsOf({ flags: { port: '8080x', slots: '1.5', 'top-p': 'NaN', temperature: '1e999', preload: 'perhaps' } }),
  ).toHaveLength(5)
})

test('lists can stand in the file only, and keys written as flags are told apart', () => {
  expect(problemsOf({ flags: { models: 'x', n_ctx: '5' }, variables: { HEARTH_MODELS: 'x' } })).toEqual([
    "--models: 'models' can stand in config.yaml only",
    '--n_ctx: there is no such flag; write --n-ctx',
    "HEARTH_MODELS: 'models' can stand in config.yaml only",
  ])
})

test('the variables of the program that are no options are let through', () => {
  expect(problemsOf({ variables: { HEARTH_HOME: '/h', HEARTH_CONFIG: '/c', PATH: '/bin' } })).toEqual([])
})

test('a configuration cannot be changed', () => {
  const { config } = load({ yaml: 'models: [{ id: a, aliases: [b] }]' })
  expect(Object.isFrozen(config) && Object.isFrozen(config.models) && Object.isFrozen(config.models[0]?.aliases)).toBe(
    true,
  )
})

test('values with problems are left out, and the rest is kept', () => {
  const { config } = load({ flags: { port: 'x' }, yaml: 'host: 1\nslots: 2\nport: 7' })
  expect(config).toMatchObject({ host: '127.0.0.1', slots: 2, port: 7 })
})

test('a list of folders is a list in the file, and has the character of PATH between its parts elsewhere', () => {
  const yaml = 'model_dirs: [more, ~/gguf, /mnt]'
  expect(load({ yaml }).config.model_dirs).toEqual(['/etc/hearth/more', '/home/ann/gguf', '/mnt'])
  const variables = { HEARTH_MODEL_DIRS: 'one:/two: :~/three' }
  expect(load({ yaml, variables }).config.model_dirs).toEqual(['/here/one', '/two', '/home/ann/three'])
  expect(load({ yaml, flags: { 'model-dirs': 'only' } }).config.model_dirs).toEqual(['/here/only'])
  expect(load({ yaml, flags: { 'model-dirs': '' } }).config.model_dirs).toEqual([])
  const windows = { platform: 'win32', home: 'C:\\ann', currentFolder: 'C:\\here' }
  expect(load({ flags: { 'model-dirs': 'D:\\a;b' }, facts: windows }).config.model_dirs).toEqual([
    'D:\\a',
    'C:\\here\\b',
  ])
  expect(load({}).config).not.toHaveProperty('model_dirs')
  expect(problemsOf({ yaml: 'model_dirs: /mnt' })).toEqual([expect.stringContaining('expected a list')])
  expect(problemsOf({ yaml: 'model_dirs: [1]' })).toEqual([expect.stringContaining('model_dirs[0]')])
})

test('a text that is nested without end is told in a few lines', () => {
  const environment = makeEnvironment({ variables: {}, platform: 'linux', home: '/home/ann', currentFolder: '/here' })
  const { problems } = loadConfig({ flags: {}, environment, file: { path: '/c.yaml', text: '['.repeat(100_000) } })
  expect(problems.length).toBeLessThan(5)
  expect(problems.map(({ message }) => message)).toContain('there are too many groups within groups')
})
