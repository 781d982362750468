import { afterAll, beforeAll, expect, test } from 'bun:test'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { projectFolder } from '../../scripts/project-folder.ts'
import { run } from '../run.ts'
import { type LoneExecutable, loneExecutable } from './executable.ts'

const { version } = JSON.parse(readFileSync(join(projectFolder, 'package.json'), 'utf8'))
/** Is written by what must not run. */
const told = 'a foreign script has run'

let executable: LoneExecutable
let script: string
beforeAll(async () => {
  executable = await loneExecutable()
  script = join(executable.folder, 'foreign.js')
  writeFileSync(script, `console.log('${told}')\n`)
})
afterAll(() => executable?.[Symbol.dispose]())

const variables = (): Readonly<Record<string, string>> => ({
  BUN_BE_BUN: '1',
  BUN_OPTIONS: `--preload ${script}`,
  BUN_INSPECT: 'ws://127.0.0.1:0/any',
  BUN_INSPECT_CONNECT_TO: 'ws://127.0.0.1:1/',
  BUN_INSPECT_NOTIFY: `unix://${join(executable.folder, 'notify')}`,
  BUN_INSPECT_PRELOAD: script,
  BUN_BYTECODE_DIGEST_OUT: join(executable.folder, 'digest'),
  BUN_BYTECODE_ORDER_OUT: join(executable.folder, 'order'),
  NODE_OPTIONS: `--require ${script}`,
  NODE_PATH: executable.folder,
})

test('no variable makes another program of it', async () => {
  const before = readdirSync(executable.folder)
  for (const [name, value] of Object.entries(variables())) {
    const environment = { ...executable.environment, [name]: value }
    const result = await run([executable.path, 'version'], { ...executable, environment })
    expect(result, name).toMatchObject({ code: 0, output: `${version}\n` })
    const evaluated = await run([executable.path, '--print', `'${told}'.length`], { ...executable, environment })
    expect(evaluated.code, name).not.toBe(0)
    expect(evaluated.standardOutput, name).not.toContain(String(told.length))
  }
  expect(readdirSync(executable.folder)).toEqual(before)
})

test('nothing in the folder that it is started in changes the program', async () => {
  const files = {
    '.env': 'BUN_OPTIONS="--preload ./foreign.js"\nHEARTH_PORT=not-a-port\n',
    'bunfig.toml': 'preload = ["./foreign.js"]\n',
    'package.json': '{"name":"other","version":"9.9.9","imports":{"#x":"./foreign.js"},"type":"commonjs"}\n',
    'tsconfig.json': '{"compilerOptions":{"paths":{"*":["./foreign.js"]}}}\n',
    'jsconfig.json': '{"compilerOptions":{"paths":{"*":["./foreign.js"]}}}\n',
    'index.js': `console.log('${told}')\n`,
  }
  for (const [name, content] of Object.entries(files)) writeFileSync(join(executable.folder, name), content)
  const said = await run([executable.path, 'version'], executable)
  expect(said).toMatchObject({ code: 0, output: `${version}\n` })
  const explained = await run([executable.path, 'config', 'explain'], executable)
  expect(explained.code, explained.output).toBe(0)
  expect(explained.output).not.toContain(told)
  expect(explained.output).not.toContain('not-a-port')
})
