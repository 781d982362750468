// Runs a script with the pinned Bun: node scripts/with-bun.mjs [--dev] script.ts …
import { runMain, runProgram } from './run-program.mjs'
import { bunPath, ensurePackages } from './setup.mjs'

const [first, ...rest] = process.argv.slice(2)
const dev = first === '--dev'

await runMain(() => {
  ensurePackages({ dev })
  return runProgram(bunPath(), dev ? rest : [first, ...rest])
})
