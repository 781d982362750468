import { parseArgs } from 'node:util'
import { buildTarget } from './build-target.ts'
import { MissingNative } from './native-files.ts'
import { ownTarget, type Target, targets } from './targets.ts'

const usage = `npm run build [-- --target NAME …]
  NAME is one of ${targets.map(({ name }) => name).join(', ')}, or all. Without it: this machine's.`

/** Builds what the command line asks for, one after the other; answers the exit code. */
async function main(): Promise<number> {
  const wanted = chooseTargets()
  if (typeof wanted === 'string') {
    console.error(wanted)
    return 2
  }
  let failed = 0
  for (const target of wanted) {
    try {
      const start = performance.now()
      const { output, bytes, note } = await buildTarget(target)
      const seconds = ((performance.now() - start) / 1000).toFixed(1)
      console.log(`${output}  ${(bytes / 1e6).toFixed(1)} MB  (${seconds} s)${note ? `; ${note}` : ''}`)
    } catch (error) {
      failed++
      if (error instanceof MissingNative) console.error(error.message)
      else console.error(`${target.name} could not be built:`, error)
    }
  }
  return failed === 0 ? 0 : 1
}

/** The targets, or what is wrong with the command line. */
function chooseTargets(): readonly Target[] | string {
  let names: readonly string[]
  try {
    const { values, positionals } = parseArgs({
      options: { target: { type: 'string', multiple: true } },
      allowPositionals: true,
    })
    names = [...(values.target ?? []), ...positionals]
  } catch (error) {
    return `${(error as Error).message}\n${usage}`
  }
  if (names.includes('all')) return targets
  const own = ownTarget()
  if (names.length === 0) return own ? [own] : `There is no target for ${process.platform} ${process.arch}.\n${usage}`
  const unknown = names.filter((name) => !targets.some((target) => target.name === name))
  if (unknown.length > 0) return `There is no target ${unknown.join(', ')}.\n${usage}`
  return targets.filter(({ name }) => names.includes(name))
}

process.exitCode = await main()
