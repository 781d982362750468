import { existsSync, readdirSync } from 'node:fs'
import { join, relative, sep } from 'node:path'
import { projectFolder } from '../setup.mjs'

/** Suites that take real models, real programs or a build. Each runs alone: beside other work they would be 5 to 10 times slower. */
const slowSuites = ['edge', 'models', 'clients', 'providers', 'executable', 'platforms', 'deno', 'browser']

/** The stage whose tests are measured, and the one that reads the measurement. */
const measured = ['unit', 'coverage']

/**
 * Everything that `npm test` does, in order. A stage is either a `command` (a script for Bun, with parameters) or a list
 * of test `files`, which may give Bun's test program `parameters` of its own. Both are told a folder that goes after the
 * run. `coverage` reads what `unit` has measured, so neither of them is there without the other.
 */
export function allStages() {
  const files = testFiles()
  const suiteOf = (file) =>
    slowSuites.find((name) => file.startsWith(`test/${name}/`) || file.endsWith(`.${name}.test.ts`))
  return [
    { name: 'lint', command: () => ['node_modules/@biomejs/biome/bin/biome', 'check', '.'] },
    { name: 'types', command: () => ['node_modules/typescript/bin/tsc', '-p', '.'] },
    { name: 'unit', files: files.filter((file) => !suiteOf(file)), parameters: measureCoverage },
    { name: 'coverage', command: (folder) => ['scripts/test/coverage.ts', join(folder, 'lcov.info')] },
    ...slowSuites.map((name) => ({ name, files: files.filter((file) => suiteOf(file) === name) })),
    { name: 'redaction', command: (folder) => ['scripts/test/redaction.mjs', outputFolder(folder)] },
  ].filter((stage) => stage.command || stage.files.length > 0)
}

/** The stages and files that the words name: `unit`, `test/clients`, `src/engine/policy.test.ts`. Without words: all. */
export function chooseStages(stages, words) {
  if (words.length === 0) return { chosen: stages, unknown: [] }
  const paths = words.map((word) => relative(projectFolder, join(process.cwd(), word)).split(sep).join('/'))
  const isFile = (file) => paths.some((path) => file === path || file.startsWith(`${path.replace(/\/$/, '')}/`))
  const chosen = stages
    .map((stage) =>
      words.some((word) => word === stage.name || (measured.includes(word) && measured.includes(stage.name)))
        ? stage
        : { ...stage, command: undefined, parameters: undefined, files: stage.files?.filter(isFile) },
    )
    .filter((stage) => stage.command || stage.files?.length > 0)
  // What these suites start is searched for secrets afterwards.
  const redaction = stages.filter(({ name }) => name === 'redaction' && !chosen.some((each) => each.name === name))
  if (chosen.some(({ name }) => slowSuites.includes(name))) chosen.push(...redaction)
  const isKnown = (word, index) =>
    stages.some(
      ({ name, files = [] }) => name === word || files.some((file) => `${file}/`.startsWith(`${paths[index]}/`)),
    )
  return { chosen, unknown: words.filter((word, index) => !isKnown(word, index)) }
}

/** Where what servers write is gathered while the stages of a run go. */
export const outputFolder = (folder) => join(folder, 'output')

const measureCoverage = (folder) => ['--coverage', '--coverage-reporter=lcov', `--coverage-dir=${folder}`]

function testFiles() {
  const find = (folder) =>
    readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
      const path = join(folder, entry.name)
      if (entry.isDirectory()) return find(path)
      return /\.test\.tsx?$/.test(entry.name) ? [relative(projectFolder, path).split(sep).join('/')] : []
    })
  const folders = ['src', 'test', 'scripts'].map((name) => join(projectFolder, name)).filter((path) => existsSync(path))
  return folders.flatMap(find).sort()
}
