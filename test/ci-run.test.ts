import { afterEach, beforeEach, expect, test } from 'bun:test'
import { chmodSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { projectFolder } from '../scripts/project-folder.ts'
import { run } from './run.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hearth-ci-'))
  for (const name of ['bash', 'dirname', 'grep', 'timeout']) symlinkSync(Bun.which(name) ?? name, join(folder, name))
  program('npm', "echo '1 passed, 0 failed'")
  program('id', 'echo 0')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

/** The only programs that .ci/run finds are in this folder. */
function program(name: string, script: string): void {
  const path = join(folder, name)
  writeFileSync(path, `#!${Bun.which('sh')}\n${script}\n`)
  chmodSync(path, 0o755)
}

const runCi = () =>
  run([Bun.which('bash') ?? 'bash', join(projectFolder, '.ci', 'run')], { environment: { PATH: folder } })

test('what cannot be installed is named with the reason, and keeps nothing else away', async () => {
  const log = join(folder, 'installed')
  program(
    'apt-get',
    `case "$*" in
      *update) echo 'W: no network' >&2 ;;
      *chromium*) echo 'E: Unable to locate package chromium' >&2; exit 100 ;;
      *) echo "$*" >>'${log}' ;;
    esac`,
  )
  const { code, output } = await runCi()
  expect(code).toBe(0)
  expect(output).toContain('Not installed: chromium. E: Unable to locate package chromium\n')
  expect(await Bun.file(log).text()).toContain('install -y --no-install-recommends debootstrap\n')
  expect(output.endsWith('1 passed, 0 failed\n')).toBe(true)
})

test('without the right to install the tests run, and what is missing is named', async () => {
  program('id', 'echo 1000')
  program('apt-get', 'exit 1')
  const { code, output } = await runCi()
  expect(code).toBe(0)
  expect(output).toMatch(/^Missing, .* chromium /)
  expect(output.endsWith('1 passed, 0 failed\n')).toBe(true)
})
