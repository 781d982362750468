// npm start [-- options of `hearth serve`]: installs what is missing, gets the default models, serves.
import { join } from 'node:path'
import { runMain, runProgram } from './run-program.mjs'
import { bunPath, ensurePackages, projectFolder } from './setup.mjs'

const serveOptions = process.argv.slice(2)
const program = join(projectFolder, 'src', 'main.ts')

await runMain(async () => {
  ensurePackages({ dev: false })
  await getDefaultModels()
  return runProgram(bunPath(), [program, 'serve', ...serveOptions])
})

/** Downloads nothing when they are there. A failure has said why, and is no reason not to serve what is there. */
async function getDefaultModels() {
  const code = await runProgram(bunPath(), [program, 'pull', '--defaults'])
  if (code > 128) process.exit(code)
  if (code !== 0) console.error('Starting without the default models.')
}
