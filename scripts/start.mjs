// npm start [-- options of `hearth serve`]: installs what is missing, then serves; the server gets its default models itself.
import { join } from 'node:path'
import { runMain, runProgram } from './run-program.mjs'
import { bunPath, ensurePackages, projectFolder } from './setup.mjs'

await runMain(async () => {
  ensurePackages({ dev: false })
  return runProgram(bunPath(), [join(projectFolder, 'src', 'main.ts'), 'serve', ...process.argv.slice(2)])
})
