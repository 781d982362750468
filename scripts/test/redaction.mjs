// node redaction.mjs FOLDER: looks for secrets in everything that servers have written while the tests ran.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { secretsIn } from './planted-secrets.mjs'

const [folder = ''] = process.argv.slice(2)
const files = existsSync(folder) ? readdirSync(folder, { recursive: true, withFileTypes: true }) : []
let looked = 0
let found = 0
for (const entry of files) {
  if (!entry.isFile()) continue
  looked++
  const path = join(entry.parentPath, entry.name)
  for (const line of readFileSync(path, 'latin1').split('\n'))
    for (const secret of secretsIn(line)) {
      found++
      console.error(`${path.slice(folder.length + 1)}: ${secret} in: ${line.slice(0, 400)}`)
    }
}
console.log(`${looked} files that servers have written, ${found} secrets in them.`)
process.exitCode = found === 0 ? 0 : 1
