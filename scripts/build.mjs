// npm run build [-- --target NAME …]
import { join } from 'node:path'
import { runMain, runProgram } from './run-program.mjs'
import { bunPath, ensurePackages, projectFolder } from './setup.mjs'

await runMain(() => {
  ensurePackages({ dev: false })
  const script = join(projectFolder, 'scripts', 'build', 'build.ts')
  // The build runs npm, which Bun does not find beside itself.
  const env = { npm_node_execpath: process.execPath, ...process.env }
  return runProgram(bunPath(), [script, ...process.argv.slice(2)], { env })
})
