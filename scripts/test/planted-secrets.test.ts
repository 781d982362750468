import { expect, test } from 'bun:test'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { run } from '../../test/run.ts'
import { projectFolder } from '../project-folder.ts'
import { plantedSecrets, secretsIn } from './planted-secrets.mjs'

test('planted secrets, whole keys and headers with one are found, beginnings and names are not', () => {
  const key = `sk-hearth-${'a'.repeat(49)}`
  expect(secretsIn(`x ${plantedSecrets.prompt} y`)).toEqual([plantedSecrets.prompt])
  expect(secretsIn(`{"key":"${key}"}`)).toEqual([key])
  expect(secretsIn('authorization: Bearer abcdefghijklmn')).toEqual(['Bearer abcdefghijklmn'])
  for (const text of ['sk-hearth-abcd…', 'Bearer realm="hearth"', 'Bearer', 'the key key-1a2b'])
    expect(secretsIn(text)).toEqual([])
})

test('what servers have written is searched, and one secret in it fails the run', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'hearth-redaction-'))
  const search = () => run([process.execPath, join(projectFolder, 'scripts', 'test', 'redaction.mjs'), folder])
  try {
    mkdirSync(join(folder, '1-1', 'home'), { recursive: true })
    writeFileSync(join(folder, '1-1', 'output.log'), '{"message":"request"}\n')
    expect(await search()).toMatchObject({ code: 0, output: expect.stringContaining('1 files') })
    writeFileSync(join(folder, '1-1', 'home', 'data.sqlite'), `\u0000${plantedSecrets.hubToken}\u0000`)
    const { code, output } = await search()
    expect(code).toBe(1)
    expect(output).toContain('data.sqlite')
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})
