import { afterAll, beforeAll, expect, test } from 'bun:test'
import { spawnSync } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { commands } from '../run.ts'
import { completionScripts } from './completion-scripts.ts'
import { completionTable } from './completion-table.ts'

let folder: string
const shells = Object.keys(completionScripts) as (keyof typeof completionScripts)[]
const has = (shell: string) => spawnSync(shell, ['--version']).status === 0

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'hearth-completion-'))
  // A stand-in for the program, with a model that no shell may take for a command.
  writeFileSync(
    join(folder, 'hearth'),
    `#!/bin/sh\nprintf '%s\\n' qwen3 'qwen3:8b' '$(touch ${folder}/pwned)' 'two words'\n`,
  )
  chmodSync(join(folder, 'hearth'), 0o755)
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

test('every script names every command and every flag', async () => {
  const table = await completionTable()
  for (const shell of shells) {
    const script = completionScripts[shell](table)
    for (const { name, aliases = [] } of commands) for (const each of [name, ...aliases]) expect(script).toContain(each)
    const flags = table.flatMap(({ flags }) => flags.map(({ name }) => name.slice(2)))
    expect(flags.filter((flag) => !script.includes(flag))).toEqual([])
  }
})

for (const shell of ['bash', 'zsh', 'fish'] as const)
  test.skipIf(!has(shell))(`${shell} can read its script`, async () => {
    const path = join(folder, `script.${shell}`)
    writeFileSync(path, completionScripts[shell](await completionTable()))
    const { status, stderr } = spawnSync(shell, ['-n', path], { encoding: 'utf8' })
    expect([status, stderr]).toEqual([0, ''])
  })

/** What bash offers for a line that ends where the cursor is. */
async function offered(...words: string[]): Promise<readonly string[]> {
  const path = join(folder, 'hearth.bash')
  writeFileSync(path, completionScripts.bash(await completionTable()))
  const line = words.map((word) => `'${word}'`).join(' ')
  const program = `source '${path}'; COMP_WORDS=(${line}); COMP_CWORD=${words.length - 1}; _hearth; printf '%s\\n' "\${COMPREPLY[@]}"`
  const { stdout, stderr } = spawnSync('bash', ['--norc', '-c', program], { encoding: 'utf8', cwd: folder })
  expect(stderr).toBe('')
  return stdout.split('\n').filter(Boolean)
}

test.skipIf(!has('bash'))('bash completes commands, flags, values, and models as they are now', async () => {
  const program = join(folder, 'hearth')
  expect(await offered(program, 'unl')).toEqual(['unload'])
  expect(await offered(program, 'st')).toEqual(['stop'])
  expect(await offered(program, 'help', 'compl')).toEqual(['completion'])
  expect(await offered(program, 'run', '--temp')).toEqual(['--temperature'])
  expect(await offered(program, 'import', '--encoding', 'F')).toEqual(['F16', 'F32'])
  expect(await offered(program, 'completion', 'z')).toEqual(['zsh'])
  expect(await offered(program, 'run', 'q')).toEqual(['qwen3', 'qwen3:8b'])
  expect(await offered(program, 'run', '')).toEqual(['qwen3', 'qwen3:8b', `$(touch ${folder}/pwned)`, 'two words'])
  expect(spawnSync('test', ['-e', join(folder, 'pwned')]).status).toBe(1)
  expect(await offered(program, 'import', 'hea')).toContain('hearth.bash')
})

test.skipIf(!has('fish'))('fish completes commands, flags, values and models', async () => {
  const path = join(folder, 'hearth.fish')
  writeFileSync(path, completionScripts.fish(await completionTable()))
  const offer = (line: string) => {
    const program = `set -x PATH '${folder}' $PATH; source '${path}'; complete -C '${line}'`
    const { stdout } = spawnSync('fish', ['--no-config', '-c', program], { encoding: 'utf8', cwd: folder })
    return stdout.split('\n').flatMap((row) => row.split('\t')[0] || [])
  }
  expect(offer('hearth unl')).toEqual(['unload'])
  expect(offer('hearth run --temp')).toEqual(['--temperature'])
  expect(offer('hearth import --encoding F')).toEqual(['F16', 'F32'])
  expect(offer('hearth run q')).toEqual(['qwen3', 'qwen3:8b'])
})
