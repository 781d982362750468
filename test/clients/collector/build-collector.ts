import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { cacheFolder } from '../../../scripts/project-folder.ts'
import { run } from '../../run.ts'

/**
 * Absolute path of OpenTelemetry's collector, built of its Go modules as go.sum pins them. It is built once (a minute or two)
 * and kept. Undefined where there is no Go. Throws with Go's own words when it cannot be built.
 */
export async function buildCollector(): Promise<string | undefined> {
  if (!Bun.which('go')) return undefined
  const hash = createHash('sha256')
  for (const name of ['main.go', 'go.mod', 'go.sum']) hash.update(readFileSync(join(import.meta.dir, name)))
  const folder = join(cacheFolder, 'otel-collector')
  const program = join(folder, hash.digest('hex').slice(0, 16))
  if (existsSync(program)) return program
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  // Under its own name only once it is whole.
  const command = ['go', 'build', '-trimpath', '-ldflags', '-s -w', '-o', `${program}.part`, '.'] as const
  const environment = {
    ...process.env,
    GOFLAGS: '-mod=readonly -buildvcs=false',
    GOTOOLCHAIN: 'local',
    CGO_ENABLED: '0',
  }
  const { code, output } = await run(command, { folder: import.meta.dir, environment })
  if (code !== 0) throw new Error(`The collector could not be built.\n${output}`)
  await run(['mv', `${program}.part`, program])
  return program
}
