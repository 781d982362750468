import { expect, test } from 'bun:test'
import { posix } from 'node:path'
import { codeOf, importsOf, isTest, type SourceFile, sourceFiles } from './source-files.ts'

/** What each room may import besides itself. A room never imports a sibling of its own line. */
const arrows: Readonly<Record<string, readonly string[]>> = {
  core: [],
  grammar: ['core'],
  conversation: ['core', 'grammar'],
  protocol: ['core', 'grammar'],
  engine: ['core'],
  observe: ['core'],
  config: ['core', 'platform', 'package.json'],
  platform: ['core'],
  store: ['core', 'platform'],
  retrieval: ['core'],
  models: ['core', 'observe', 'platform'],
  'runtimes/*': ['core', 'platform', 'grammar', 'conversation'],
  providers: ['core', 'observe', 'platform'],
  http: [
    'core',
    'protocol',
    'engine',
    'models',
    'providers',
    'store',
    'retrieval',
    'observe',
    'config',
    'platform',
    'web',
  ],
  web: ['core', 'protocol'],
  compose: ['*'],
  cli: ['*'],
  main: ['cli', 'compose'],
}

/** Packages and built-in modules that one place only may import. */
const soleImporters: readonly { readonly what: RegExp; readonly where: RegExp }[] = [
  { what: /^elysia(\/|$)/, where: /^src\/http\/mount\.ts$/ },
  { what: /^(@node-llama-cpp|node-llama-cpp)(\/|$)/, where: /^src\/runtimes\/llama-cpp\// },
  { what: /^@huggingface\/transformers/, where: /^src\/runtimes\/onnx\// },
  { what: /^bun(:|$)/, where: /^src\/platform\// },
  { what: /^yaml$/, where: /^src\/config\// },
  { what: /^node:sqlite$/, where: /^src\/(store|platform)\// },
  { what: /^cli-progress$/, where: /^src\/(cli|models)\// },
]

/** Words of code that stand in one room only. */
const soleUsers: readonly { readonly what: RegExp; readonly where: RegExp }[] = [
  { what: /\bprocess\.env\b/, where: /^src\/config\// },
  { what: /(?<!['.\w])Bun\b(?!['\w])/, where: /^src\/platform\// },
  { what: /(?<!['.\w])Deno\b(?!['\w])/, where: /^src\/platform\// },
]

const forbiddenNames = ['utils', 'helpers', 'common', 'misc', 'shared', 'types', 'manager', 'index']

const files = sourceFiles('src')
const programFiles = files.filter((file) => !isTest(file))

test('imports go along the arrows between rooms', () => {
  const wrong = programFiles.flatMap((file) =>
    importsOf(file)
      .filter((path) => path.startsWith('.'))
      .map((path) => ({ from: roomOf(file.path), to: roomOf(posix.join(posix.dirname(file.path), path)), path }))
      .filter(({ from, to }) => !mayImport(from, to))
      .map(({ to, path }) => `${file.path} imports ${path} (room ${to})`),
  )
  expect(wrong).toEqual([])
})

test('http takes types only from config', () => {
  const wrong = programFiles
    .filter(({ path }) => path.startsWith('src/http/'))
    .filter(({ text }) => /^import (?!type\b)[^']*'[./]+config\//m.test(text))
  expect(wrong.map(({ path }) => path)).toEqual([])
})

test('each package that only one place may know is imported there only', () => {
  const wrong = programFiles.flatMap((file) =>
    importsOf(file)
      .filter((path) => soleImporters.some(({ what, where }) => what.test(path) && !where.test(file.path)))
      .map((path) => `${file.path} imports ${path}`),
  )
  expect(wrong).toEqual([])
})

test('the environment is read in config only, and the globals of Bun and Deno are used in platform only', () => {
  const wrong = programFiles.flatMap((file) => {
    const code = codeOf(file).replace(/'[^'\n]*'|`[^`]*`/g, (text) => text.replace(/[A-Za-z]/g, '_'))
    return soleUsers
      .filter(({ what, where }) => what.test(code) && !where.test(file.path))
      .map(({ what }) => `${file.path}: ${what.exec(code)?.[0]}`)
  })
  expect(wrong).toEqual([])
})

test('no program file imports a test or a script', () => {
  const wrong = programFiles.filter((file) =>
    importsOf(file).some((path) => /\.test\.ts$|(^|\/)(test|scripts)\//.test(path)),
  )
  expect(wrong.map(({ path }) => path)).toEqual([])
})

test('names say what a file is for', () => {
  const everything = [...files, ...sourceFiles('test'), ...sourceFiles('scripts')]
  const wrong = everything.filter(({ path }) =>
    path.split('/').some((part) => forbiddenNames.includes(part.replace(/\..*$/, '')) || /[A-Z_ ]/.test(part)),
  )
  expect(wrong.map(({ path }) => path)).toEqual([])
})

test('foreign spelling stands in wire files only', () => {
  const rooms = /^src\/(core|engine|runtimes|store|retrieval|observe)\//
  const wrong = programFiles.filter(
    (file) =>
      rooms.test(file.path) && /\b(max_tokens|finish_reason|prompt_tokens|top_p|tool_calls)\b/.test(codeOf(file)),
  )
  expect(wrong.map(({ path }) => path)).toEqual([])
})

function mayImport(from: string, to: string): boolean {
  const allowed = arrows[from] ?? arrows[from.replace(/\/.*/, '/*')]
  if (!allowed) return false
  return from === to || allowed.includes('*') || allowed.includes(to)
}

/** `src/runtimes/fake/fake.ts` → `runtimes/fake`; `src/core/model.ts` → `core`; `src/compose-child.ts` → `compose`. */
function roomOf(path: SourceFile['path']): string {
  const [, room = '', inner = ''] = path.split('/')
  if (path === 'package.json') return path
  return room === 'runtimes' ? `runtimes/${inner}` : room.replace(/^compose-.*/, 'compose').replace(/\.ts$/, '')
}
