import { expect, test } from 'bun:test'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { makeEnvironment } from '../config/environment.ts'
import { version } from '../config/version.ts'
import { commands, run } from './run.ts'

async function hearth(args: readonly string[], variables: Record<string, string> = {}) {
  let [output, errors] = ['', '']
  const code = await run(args, {
    environment: makeEnvironment({ variables, platform: 'linux', home: '/home/ann', currentFolder: '/here' }),
    write: (text) => {
      output += text
    },
    writeError: (text) => {
      errors += text
    },
  })
  return { code, output, errors }
}

/** A configuration file that is gone at the end of the scope. */
function configFile(text: string): Disposable & { readonly path: string } {
  const folder = mkdtempSync(join(tmpdir(), 'hearth-cli-'))
  const path = join(folder, 'config.yaml')
  writeFileSync(path, text)
  return { path, [Symbol.dispose]: () => rmSync(folder, { recursive: true }) }
}

test('the version stands in package.json only', async () => {
  const { code, output } = await hearth(['version'])
  expect([code, output]).toEqual([0, `${version}\n`])
  expect((await hearth(['--version'])).output).toBe(output)
  expect(version).toMatch(/^\d+\.\d+\.\d+/)
})

test('help lists the commands, and for serve every option', async () => {
  const { code, output } = await hearth(['--help'])
  expect(code).toBe(0)
  for (const name of ['serve', 'config', 'version']) expect(output).toContain(`  ${name} `)
  const serve = await hearth(['serve', '--port', '1', '--help'])
  expect(serve.code).toBe(0)
  expect(serve.output).toContain('  --draft-n-gpu-layers N\n')
  expect(serve.output).toContain('  --n-ctx N|auto\n')
  expect(serve.output).toContain('  --config FILE\n')
  expect(serve.output).toContain('  --auto-pull, --no-auto-pull\n')
  expect((await hearth(['help', 'serve'])).output).toBe(serve.output)
})

test('every command has a group, examples that begin with its name, and help under each of its names', async () => {
  for (const { name, aliases = [], examples = [], group } of commands) {
    expect(examples.length, name).toBeGreaterThan(0)
    for (const { line } of examples) expect(line).toMatch(new RegExp(`(^|[ (])hearth ${name}\\b`))
    const { output } = await hearth(['help', name])
    expect(output).toContain('Examples:\n')
    for (const alias of aliases) expect((await hearth([alias, '--help'])).output).toBe(output)
    expect(group ?? 'The program').toBeString()
  }
  const names = commands.flatMap(({ name, aliases = [] }) => [name, ...aliases])
  expect(new Set(names).size).toBe(names.length)
})

test('an unknown command is refused with the nearest one', async () => {
  expect(await hearth(['srve'])).toEqual({
    code: 2,
    output: '',
    errors: "hearth: there is no command 'srve'; did you mean 'hearth serve'?\n",
  })
  expect((await hearth(['help', 'zzzz'])).code).toBe(2)
})

test('a command that takes no options refuses all of them at once', async () => {
  const { code, errors } = await hearth(['version', '--jsn', 'x', 'y'])
  expect(code).toBe(2)
  expect(errors).toBe(
    'hearth: these cannot be used:\n  --jsn: there is no such flag; did you mean --json?\n  y: this is one argument too many\n',
  )
})

test('serve reports the problems of flags, environment and file together, and ends with 2 before anything is started', async () => {
  using file = configFile('prot: 1\n')
  const { code, errors, output } = await hearth(['--config', file.path, '--prot', '5', '--slots=x'], {
    HEARTH_N_CTXX: '1',
  })
  expect([code, output]).toEqual([2, ''])
  expect(errors.split('\n').slice(1, -1)).toEqual([
    '  --prot: there is no such flag; did you mean --port?',
    '  --slots: found the text "x", expected a whole number from 1 to 256 or auto',
    '  HEARTH_N_CTXX: there is no such variable; did you mean HEARTH_N_CTX?',
    `  ${file.path}:1:1: prot: there is no such key; did you mean 'port'?`,
  ])
})

test('a file that is named must be there', async () => {
  const flag = await hearth(['serve', '--config', '/nowhere/config.yaml'])
  expect([flag.code, flag.errors]).toEqual([
    2,
    'hearth: this cannot be used:\n  --config: the file /nowhere/config.yaml cannot be read: it does not exist\n',
  ])
  const variable = await hearth(['serve'], { HEARTH_CONFIG: 'mine.yaml' })
  expect(variable.errors).toContain('  HEARTH_CONFIG: the file /here/mine.yaml cannot be read: it does not exist\n')
})

test('config explain shows every value and where it came from', async () => {
  using file = configFile('# first\nn_ctx: 512\nmodels:\n  - id: a\n    top_k: 3\n')
  const { code, output } = await hearth(['config', 'explain', '--config', file.path, '--port=9'], {
    HEARTH_HOST: '::1',
  })
  expect(code).toBe(0)
  const rows = output.split('\n').map((line) => line.split(/ {2,}/))
  expect(rows).toContainEqual(['n_ctx', '512', `${file.path}:2`])
  expect(rows).toContainEqual(['port', '9', '--port'])
  expect(rows).toContainEqual(['host', '::1', 'HEARTH_HOST'])
  expect(rows).toContainEqual(['max_tokens', '(absent)', 'default'])
  expect(rows).toContainEqual(['models[0].top_k', '3', `${file.path}:5`])
})

test('config explain as JSON has the values, their sources and the problems, and still ends with 2 for a problem', async () => {
  using file = configFile('slots: 2\nx: 1\n')
  const { code, output } = await hearth(['config', 'explain', '--json', '--config', file.path])
  const explained = JSON.parse(output)
  expect(code).toBe(2)
  expect(explained.file).toBe(file.path)
  expect(explained.values.slots).toEqual({ value: 2, source: { type: 'file', file: file.path, line: 1 } })
  expect(explained.problems).toHaveLength(1)
})

test('config schema prints a JSON schema', async () => {
  const { code, output } = await hearth(['config', 'schema'])
  expect(code).toBe(0)
  expect(JSON.parse(output).properties.n_ctx.default).toBe('auto')
  expect((await hearth(['config', 'schemes'])).code).toBe(2)
  expect((await hearth(['config'])).code).toBe(2)
})

test('with --json an error is one line of JSON on standard error, and nothing stands on standard output', async () => {
  const lines: string[][] = [
    ['shwo', '--json'],
    ['version', '--json', '--nothing'],
    ['list', '--json', '--models-dir='],
    ['ps', '--json', '--url', 'http://127.0.0.1:1'],
    ['show', '--json', 'absent'],
    ['rm', '--json', 'absent'],
    ['import', '--json', '/nowhere/model.gguf'],
    ['cp', '--json', 'a', 'b', '--url', 'http://x'],
  ]
  const codes: string[] = []
  for (const line of lines) {
    const { code, output, errors } = await hearth(line, { HEARTH_HOME: '/nowhere/hearth', HEARTH_PORT: '0' })
    const { error } = JSON.parse(errors)
    expect([code, output], line.join(' ')).toEqual([error.code === 'not_understood' ? 2 : 1, ''])
    expect([typeof error.message, typeof error.hint, errors.split('\n').length]).toEqual(['string', 'string', 2])
    codes.push(error.code)
  }
  expect(codes).toContain('model_not_found')
  expect((await hearth(['help'])).output).toContain('With --json, an error is the last line of standard error')
})

test('cp says why it cannot be done at a server', async () => {
  const { code, errors } = await hearth(['cp', 'a', 'b', '--url', 'http://box:8080'])
  expect(code).toBe(2)
  expect(errors).toContain('--url: no server gives names on request')
})

test('the version and the help are found with flags, too', async () => {
  expect(JSON.parse((await hearth(['--version', '--json'])).output).version).toBe(version)
  const { output } = await hearth(['help'])
  for (const line of [['-h'], ['help', '--help'], ['help', '-h']]) expect((await hearth(line)).output).toBe(output)
  expect((await hearth(['rm', '-h'])).output).toContain('  -y, --yes\n')
})

test('a command that stands behind flags is told where it belongs, and nothing is served', async () => {
  expect(await hearth(['--url', 'http://box', 'ps', '--json'])).toMatchObject({ code: 2, output: '' })
  expect((await hearth(['--models-dir', 'a b', 'list'])).errors).toContain(
    "list: the command stands first: hearth list --models-dir 'a b'",
  )
  // The value of a flag of serve is no command.
  expect((await hearth(['--model', 'list', '--prot', '1'])).errors).toContain('did you mean --port?')
})
