import { expect, test } from 'bun:test'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { modelsFolderProblem } from './models-folder.ts'

test('a models folder that is a file is told; one that is missing is merely empty', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'hearth-folder-'))
  try {
    writeFileSync(join(folder, 'file'), '')
    expect(await modelsFolderProblem(folder)).toBeUndefined()
    expect(await modelsFolderProblem(join(folder, 'absent'))).toBeUndefined()
    expect(await modelsFolderProblem(join(folder, 'file'))).toContain('it is a file')
  } finally {
    rmSync(folder, { recursive: true })
  }
})
