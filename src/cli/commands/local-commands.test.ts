import { afterAll, beforeAll, expect, test } from 'bun:test'
import { existsSync, lstatSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runCommandLine } from '../../../test/fakes/fake-terminal.ts'
import { writeGguf } from '../../models/gguf/write-gguf.ts'

let folder: string
let models: string
let file: string

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'hearth-local-'))
  models = join(folder, 'models')
  file = join(folder, 'Tiny-Q8_0.gguf')
  writeFileSync(file, tinyModel())
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))
