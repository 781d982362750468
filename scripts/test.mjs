// npm test [-- STAGE or PATH …]: everything that CI runs. The last line is `N passed, N failed`.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runMain, runProgram } from './run-program.mjs'
import { bunPath, ensurePackages, projectFolder, SetupError } from './setup.mjs'
import { countJunit } from './test/junit.mjs'
import { allStages, chooseStages, outputFolder } from './test/stages.mjs'

/** For one test; a model is loaded and read from by two cores within it. */
const testMilliseconds = 120_000
/** For a whole stage: a test run must end, also when something hangs outside of every test. */
const stageMilliseconds = 20 * 60_000

await runMain(async () => {
  ensurePackages({ dev: true })
  const { chosen, unknown } = chooseStages(allStages(), process.argv.slice(2))
  if (unknown.length > 0) {
    const names = allStages().map(({ name }) => name)
    throw new SetupError(`There is no stage and no test at: ${unknown.join(', ')}. Stages are ${names.join(', ')}.`)
  }
  const results = []
  const folder = mkdtempSync(join(tmpdir(), 'hearth-test-'))
  try {
    for (const stage of chosen) results.push(await runStage(stage, folder))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
  return report(results)
})

async function runStage(stage, folder) {
  console.log(`\n── ${stage.name} ──`)
  const start = performance.now()
  const counts = stage.command ? await runCommand(stage.command(folder)) : await runTests(stage, folder)
  return { name: stage.name, seconds: (performance.now() - start) / 1000, ...counts }
}

async function runCommand(command) {
  const code = await run(command)
  return { passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1, skipped: [] }
}

async function runTests({ name, files, parameters }, folder) {
  const outfile = join(folder, `${name}.xml`)
  const reporter = ['--reporter=junit', `--reporter-outfile=${outfile}`]
  const more = parameters?.(folder) ?? []
  const paths = files.map((file) => `./${file}`)
  const environment = { ...process.env, HEARTH_TEST_OUTPUT: outputFolder(folder) }
  const code = await run(['test', `--timeout=${testMilliseconds}`, ...reporter, ...more, ...paths], environment)
  const counts = countJunit(readReport(outfile), files)
  for (const file of counts.silent) console.error(`No test of ${file} was run: it could not be loaded, or has none.`)
  if (code !== 0 && counts.failed === 0) {
    console.error(`The test program itself ended with exit code ${code}.`)
    counts.failed = 1
  }
  return counts
}

function run(parameters, env = process.env) {
  return runProgram(bunPath(), parameters, {
    cwd: projectFolder,
    env,
    // A test that reads standard input would wait for ever.
    stdio: ['ignore', 'inherit', 'inherit'],
    timeout: stageMilliseconds,
    killSignal: 'SIGKILL',
  })
}

/** Without a report the test program died before its end; every file then counts as failed. */
function readReport(path) {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

function report(results) {
  const sum = (key) => results.reduce((total, result) => total + result[key], 0)
  console.log('')
  for (const { name, seconds, passed, failed } of results) {
    console.log(
      `${failed === 0 ? 'ok    ' : 'FAILED'} ${name.padEnd(12)} ${seconds.toFixed(1).padStart(7)} s  ${passed} passed, ${failed} failed`,
    )
  }
  const skipped = results.flatMap((result) => result.skipped)
  for (const name of skipped) console.log(`skipped ${name}`)
  console.log(`${sum('passed')} passed, ${sum('failed')} failed`)
  return sum('failed') === 0 ? 0 : 1
}
