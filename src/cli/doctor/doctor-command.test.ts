import { afterAll, expect, test } from 'bun:test'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { makeEnvironment } from '../../config/environment.ts'
import { run } from '../run.ts'
import type { Check } from './check.ts'

const folder = mkdtempSync(join(tmpdir(), 'hearth-doctor-'))
afterAll(() => rmSync(folder, { recursive: true }))

async function doctor(...flags: string[]) {
  let [output, errors] = ['', '']
  const variables = { PATH: process.env.PATH, HEARTH_HOME: join(folder, 'home') }
  const environment = makeEnvironment({ variables, platform: process.platform, home: folder, currentFolder: folder })
  const code = await run(['doctor', '--port', '0', '--models-dir', join(folder, 'models'), ...flags], {
    environment,
    write: (text) => (output += text),
    writeError: (text) => (errors += text),
  })
  return { code, output, errors }
}

test('without models there are warnings, which are no failure, and nothing was made or changed', async () => {
  const { code, output } = await doctor('--json')
  const { status, checks } = JSON.parse(output) as { status: string; checks: Check[] }
  expect(checks.filter((check) => check.id === 'default-model').map((check) => check.status)).toEqual([
    'warning',
    'warning',
  ])
  expect(checks.find(({ id }) => id === 'native-libraries')?.status).toBe('ok')
  expect([code, status]).toEqual([0, 'warning'])
})

test('a mistake in the configuration is a problem, and the exit code says so', async () => {
  const file = join(folder, 'mistaken.yaml')
  writeFileSync(file, 'host: 127.0.0.1\nslots: many\n')
  const { code, output } = await doctor('--config', file)
  expect(code).toBe(1)
  expect(output).toContain(`problem  config`)
  expect(output).toContain(`${file}:2:`)
  expect(output).toMatch(/\n1 problem, \d+ warnings?\.\n$/)
})

test('a flag that is none is refused before anything is looked at', async () => {
  const { code, output, errors } = await doctor('--onlin')
  expect([code, output]).toEqual([2, ''])
  expect(errors).toContain('--onlin')
})
