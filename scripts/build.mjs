// npm run build [-- --target NAME …]
import { join } from 'node:path'
import { runMain, runProgram } from './run-program.mjs'
import { bunPath, ensurePackages, projectFolder } from './setup.mjs'

await runMain(() => {
  ensurePackages({ dev: false })
  return runProgram(bunPath(), [join(projectFolder, 'scripts', 'build', 'build.ts'), ...process.argv.slice(2)])
})
