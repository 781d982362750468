import { afterAll, beforeAll, expect, test } from 'bun:test'
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pinnedVersion } from '../../scripts/build/build-arguments.ts'
import { packageFolder } from '../../scripts/build/packages.ts'
import { variablesToPatch } from '../../scripts/build/patch-runtime.ts'
import { ownTarget, type Target } from '../../scripts/build/targets.ts'
import { projectFolder } from '../../scripts/project-folder.ts'
import { type RunOptions, run } from '../run.ts'
import { countConnections } from './count-connections.ts'
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

/** Sets one of the variables so that it shows an effect; the folder is empty, the socket counts who connects. */
interface Place {
  readonly folder: string
  readonly socket: string
}
const settings: readonly [string, (place: Place) => Readonly<Record<string, string>>][] = [
  ['BUN_BE_BUN', () => ({ BUN_BE_BUN: '1' })],
  ['BUN_OPTIONS', () => ({ BUN_OPTIONS: `--preload ${script}` })],
  ['BUN_INSPECT', ({ socket }) => ({ BUN_INSPECT: '127.0.0.1:0/any?break=1', BUN_INSPECT_NOTIFY: `unix://${socket}` })],
  ['BUN_INSPECT_CONNECT_TO', ({ socket }) => ({ BUN_INSPECT_CONNECT_TO: `unix://${socket}` })],
  ['BUN_BYTECODE_DIGEST_OUT', ({ folder }) => ({ BUN_BYTECODE_DIGEST_OUT: join(folder, 'digest') })],
  ['BUN_BYTECODE_ORDER_OUT', ({ folder }) => ({ BUN_BYTECODE_ORDER_OUT: join(folder, 'order') })],
]

/** What a variable did to a program: a script that it ran, a file that it wrote, a connection that it made. */
async function effectOf(program: string, setting: (typeof settings)[number][1]) {
  const folder = join(executable.environment.HOME, 'empty')
  const socket = join(executable.environment.HOME, 'socket')
  mkdirSync(folder)
  const ending = new AbortController()
  // Whatever connects may wait for an answer.
  const connections = await countConnections(socket, () => ending.abort())
  try {
    const environment = { ...executable.environment, ...setting({ folder, socket }) }
    const said = await Promise.all(
      // To a Bun the one is a script to run; to others it is a command that there is not.
      [['version'], [script]].map((words) => outputOf([program, ...words], { folder, environment }, ending.signal)),
    )
    const ran = said.some((output) => output.includes(told))
    return { ran, files: readdirSync(folder), connected: (await connections.count()) > 0, version: said[0] }
  } finally {
    connections.close()
    rmSync(folder, { recursive: true })
  }
}

async function outputOf(command: string[], { folder, environment }: RunOptions, signal: AbortSignal): Promise<string> {
  const program = Bun.spawn(command, {
    ...(folder && { cwd: folder }),
    env: { ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
    signal,
    killSignal: 'SIGKILL',
  })
  const [output, errors] = await Promise.all([textOf(program.stdout), textOf(program.stderr), program.exited])
  return output + errors
}

const textOf = (stream: ReadableStream<Uint8Array<ArrayBuffer>>) => new Response(stream).text()

const none = { ran: false, files: [], connected: false, version: `${version}\n` }

test.each(settings)('%s makes no other program of it', async (_, setting) => {
  expect(await effectOf(executable.path, setting)).toEqual(none)
})

// What shows no effect there shows nothing here either.
test('each of them makes another program of an executable whose runtime is as it came', async () => {
  const outfile = join(executable.environment.HOME, 'unpatched')
  await Bun.build({
    entrypoints: [join(projectFolder, 'src', 'main.ts')],
    format: 'esm',
    splitting: true,
    bytecode: true,
    compile: { target: ownTarget()?.runtime as Bun.Build.CompileTarget, executablePath: process.execPath, outfile },
  })
  for (const [name, setting] of settings) expect(await effectOf(outfile, setting), name).not.toEqual(none)
})

// One of them shows nothing in any way that was tried.
test('its runtime holds none of them', async () => {
  const { machine, runtimePackage } = ownTarget() as Target
  const runtime = await packageFolder({ name: `@oven/${runtimePackage}`, version: pinnedVersion('bun') })
  // Our own code, which may name them, stands behind it.
  const { size } = statSync(join(runtime, 'bin', 'bun'))
  const content = readFileSync(executable.path).subarray(0, size)
  for (const name of variablesToPatch(machine)) {
    expect(content.includes(`${name}\0`), name).toBe(false)
    expect(content.includes(`=${name.slice(1)}\0`), name).toBe(true)
  }
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
