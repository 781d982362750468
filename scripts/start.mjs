// npm start [-- options of `hearth serve`]: installs what is missing, gets the default models, serves.
import { join } from 'node:path'
import { runMain, runProgram } from './run-program.mjs'
import { bunPath, ensurePackages, projectFolder } from './setup.mjs'

const serveOptions = process.argv.slice(2)
const program = join(projectFolder, 'src', 'main.ts')

/** Options of `serve` that say which models are wanted and where they lie. */
const modelOptions = ['--config', '--models-dir', '--model', '--model-path', '--embedding-model']

await runMain(async () => {
  ensurePackages({ dev: false })
  const isHelp = serveOptions.some((option) => option === '--help' || option === '-h')
  const code = isHelp ? 0 : await getDefaultModels()
  return code === 0 ? runProgram(bunPath(), [program, 'serve', ...serveOptions]) : code
})

/**
 * Downloads nothing when they are there. Answers 0 when the server can start: a download that failed has said why, and is
 * no reason not to serve what is there; a configuration that cannot be used, or a signal, is.
 */
async function getDefaultModels() {
  const code = await runProgram(bunPath(), [program, 'pull', '--defaults', ...pickModelOptions()])
  if (code === 2 || code > 128) return code
  if (code !== 0) console.error('Starting without the models that could not be fetched.')
  return 0
}

function pickModelOptions() {
  return serveOptions.flatMap((option, index) => {
    if (modelOptions.some((name) => option.startsWith(`${name}=`))) return [option]
    return modelOptions.includes(option) ? serveOptions.slice(index, index + 2) : []
  })
}
