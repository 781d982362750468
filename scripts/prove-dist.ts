// npm run prove-dist [-- FOLDER]: reads every executable and every list in dist/, whatever system it is for, and says what is wrong.
import { existsSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { outputOf, targets } from './build/targets.ts'
import { projectFolder } from './project-folder.ts'
import { proveExecutable } from './prove/executable-files.ts'
import { proveLists } from './prove/release-lists.ts'

const folder = resolve(projectFolder, process.argv[2] ?? 'dist')
let failures = 0
for (const target of targets) {
  const path = join(folder, basename(outputOf(target)))
  if (!existsSync(path)) {
    console.log(`${target.name.padEnd(20)}  not there`)
    continue
  }
  const { facts, problems } = await proveExecutable(path, target)
  console.log(`${target.name.padEnd(20)}  ${facts}`)
  for (const problem of problems) console.log(`PROBLEM ${basename(path)}: ${problem}`)
  failures += problems.length
}
const lists = await proveLists(folder)
console.log(lists.facts)
for (const problem of lists.problems) console.log(`PROBLEM ${problem}`)
failures += lists.problems.length
console.log(failures === 0 ? 'Nothing is wrong.' : `${failures} problems`)
process.exitCode = failures > 0 ? 1 : 0
