import { expect, test } from 'bun:test'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { projectFolder } from '../scripts/project-folder.ts'
import { commands } from '../src/cli/run.ts'
import * as routes from '../src/http/routes.gen.ts'

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
  const paths = [...text.matchAll(/`((?:src|scripts|test|docs)\/[\w./-]*)`/g)].map(([, path]) => path ?? '')
  expect(paths.length).toBeGreaterThan(10)
  expect(paths.filter((path) => !existsSync(join(projectFolder, path)))).toEqual([])
})

test('every command that a document shows is one', () => {
  const known = new Set(commands.map(({ name }) => name))
  const shown = documents.flatMap((name) =>
    [...read(name).matchAll(/(?:`|^\.\/)hearth(?:-linux-x64)? ([a-z]+(?:-[a-z]+)*)/gm)].map(([, command]) => command ?? ''),
  )
  expect(shown.filter((command) => !known.has(command) && command !== 'runtime')).toEqual([])
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
