import { expect, test } from 'bun:test'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { readBuildArguments } from '../scripts/build/build-arguments.ts'
import { targets } from '../scripts/build/targets.ts'
import { projectFolder } from '../scripts/project-folder.ts'
import { parseArguments } from '../src/cli/parse-arguments.ts'
import { commands, flagsOf } from '../src/cli/run.ts'
import { options as optionRows } from '../src/config/options.ts'
import * as routes from '../src/http/routes.gen.ts'
import { commandsOf, shownCommands } from './shown-commands.ts'

const documents = [
  'README.md',
  'ARCHITECTURE.md',
  'CHANGELOG.md',
  ...below('docs').filter((name) => name.endsWith('.md')),
]
const read = (name: string) => readFileSync(join(projectFolder, name), 'utf8')

test('the README names every endpoint', () => {
  const readme = read('README.md')
  const missing = Object.values(routes)
    .map(({ method, path }) => `\`${method} ${path}\``)
    .filter((endpoint) => !readme.includes(endpoint))
  expect(missing).toEqual([])
})

test.each(documents)('links in %s lead somewhere', (name) => {
  const targets = [...read(name).matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map(([, target]) => target ?? '')
  expect(targets.filter((target) => !existsSync(join(projectFolder, name, '..', target)))).toEqual([])
})

test('every path that ARCHITECTURE.md and the README name is there', () => {
  const text = read('ARCHITECTURE.md') + read('README.md')
  const paths = [...text.matchAll(/`((?:src|scripts|test|docs|native|packaging)\/[\w./-]*)`/g)].map(
    ([, path]) => path ?? '',
  )
  expect(paths.length).toBeGreaterThan(10)
  expect(paths.filter((path) => !existsSync(join(projectFolder, path)))).toEqual([])
})

const shown = documents
  .flatMap((name) => shownCommands(read(name)))
  .concat(commands.flatMap(({ examples = [] }) => examples.flatMap(({ line }) => commandsOf(line))))

test('ARCHITECTURE.md names every room and every suite', () => {
  const text = read('ARCHITECTURE.md')
  const folders = (parent: string) =>
    readdirSync(join(projectFolder, parent), { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => `${parent}/${name}/`)
  const suites = folders('test').filter((folder) => below(folder).some((name) => name.endsWith('.test.ts')))
  expect([...folders('src'), ...suites].filter((folder) => !text.includes(folder))).toEqual([])
})

test('a link into the README leads to a heading of it', () => {
  const readme = read('README.md')
  const headings = [...readme.matchAll(/^#+ (.*)$/gm)].map(([, title = '']) => title.toLowerCase().replaceAll(' ', '-'))
  const anchors = [...readme.matchAll(/\]\(#([^)]+)\)/g)].map(([, anchor = '']) => anchor)
  expect(anchors.filter((anchor) => !headings.includes(anchor))).toEqual([])
})

test('every command that a document or a help text shows is one, with flags that it has', async () => {
  const hearth = shown.flatMap(([program, ...words]) => (program === 'hearth' ? [words] : []))
  const started = shown.flatMap(([program, ...words]) =>
    program === 'npm' && words[0] === 'start' ? [['serve', ...words.slice(2)]] : [],
  )
  expect(hearth.length).toBeGreaterThan(60)
  expect((await Promise.all([...hearth, ...started].map(problemsOf))).flat()).toEqual([])
})

test('what a wrong command line is told apart by', async () => {
  const lines =
    'sudo hearth serv\nX=1 ./hearth-linux-x64 --prot 1\nhearth keys make # no\nls | hearth service start -- --porrt 1'
  const found = await Promise.all(shownCommands(`\`\`\`sh\n${lines}\n\`\`\`\n`).map(problemsOf))
  expect(found.map((problems) => problems.length)).toEqual([1, 1, 1, 1])
})

/** What is wrong with the words behind `hearth`. */
async function problemsOf(words: readonly string[]): Promise<readonly string[]> {
  const line = `hearth ${words.join(' ')}`
  const [first = 'serve', ...rest] = words[0]?.startsWith('-') ? ['serve', ...words] : words
  if (['runtime', 'help', '--help'].includes(first)) return []
  const command = commands.find(({ name, aliases = [] }) => name === first || aliases.includes(first))
  if (!command) return [`${line}: there is no such command`]
  const end = rest.includes('--') ? rest.indexOf('--') : rest.length
  const { operands, problems } = parseArguments(rest.slice(0, end), { command, known: await flagsOf(command) })
  const [action] = operands
  const isAction = !action || !Array.isArray(command.completes) || command.completes.includes(action)
  const behind = command.name === 'service' ? await problemsOf(['serve', ...rest.slice(end + 1)]) : []
  // A text names a command without what goes with it.
  const real = problems.filter(({ path }) => path.startsWith('-'))
  return [
    ...real.map(({ path, message }) => `${line}: ${path}: ${message}`),
    ...(isAction ? [] : [`${line}: ${action}`]),
    ...behind,
  ]
}

test('every build that a document shows can be asked for', () => {
  const builds = shown.flatMap(([program, ...words]) =>
    program === 'npm' && words[0] === 'run' && words[1] === 'build' ? [words.slice(3)] : [],
  )
  expect(builds.length).toBeGreaterThan(4)
  for (const words of builds.filter((each) => !each.includes('URL'))) readBuildArguments(words, targets[0])
})

test('every flag of install.sh that the README shows is one', () => {
  const { stdout } = Bun.spawnSync(['sh', join(projectFolder, 'packaging', 'install.sh'), '--help'])
  const lines = read('README.md')
    .split('\n')
    .filter((line) => line.includes('install.sh |'))
  const flags = lines.flatMap((line) => line.replaceAll('-- ', '').match(/--[a-z]+/g) ?? [])
  expect(flags.length).toBeGreaterThan(0)
  expect(flags.filter((flag) => !stdout.toString().includes(flag))).toEqual([])
})

test('every variable that the README names is read somewhere', () => {
  const names = new Set(read('README.md').match(/\b(?:HEARTH|HF)_[A-Z_]+\b/g))
  const sources = ['src', 'test']
    .flatMap(below)
    .filter((name) => name.endsWith('.ts'))
    .map(read)
    .join('\n')
  const options = Object.keys(optionRows).map((key) => `HEARTH_${key.toUpperCase()}`)
  expect([...names].filter((name) => !sources.includes(name) && !options.includes(name))).toEqual([])
})

test('every npm script that a document shows is one', () => {
  const scripts = JSON.parse(read('package.json')).scripts as Record<string, string>
  const shown = documents.flatMap((name) =>
    [...read(name).matchAll(/\bnpm (?:run )?(start|test|build|bench|generate|format|[a-z]+(?= --))/g)].map(
      ([, script]) => script ?? '',
    ),
  )
  expect(shown.filter((script) => !(script in scripts))).toEqual([])
})

function below(folder: string): readonly string[] {
  const path = join(projectFolder, folder)
  return existsSync(path) ? readdirSync(path, { recursive: true }).map((name) => `${folder}/${String(name)}`) : []
}
