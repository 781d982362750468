import { afterEach, beforeEach, expect, test } from 'bun:test'
import {
  existsSync,
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runCommandLine } from '../../../test/fakes/fake-terminal.ts'
import { writeGguf } from '../../models/gguf/write-gguf.ts'

let folder: string
let models: string
let file: string

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'hearth-local-'))
  models = join(folder, 'models')
  file = join(folder, 'Tiny-Q8_0.gguf')
  await writeModel(file)
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const writeModel = (path: string) =>
  writeGguf(path, {
    metadata: {
      'general.architecture': { type: 'string', value: 'llama' },
      'tokenizer.chat_template': { type: 'string', value: '{{ messages }}' },
    },
    tensors: [{ name: 'a', type: 'F32', dimensions: [32], data: async () => new Uint8Array(128) }],
  })

/** No server is looked for: the configuration takes any free port. */
const hearth = (...args: string[]) =>
  runCommandLine(args, { variables: { HEARTH_MODELS_DIR: models, HEARTH_PORT: '0', HEARTH_HOME: folder }, input: '' })

test('import copies a GGUF file, or links to it, under its name or another one', async () => {
  const copied = await hearth('import', file)
  expect(copied).toMatchObject({ code: 0, output: `${join(models, 'Tiny-Q8_0.gguf')}\n` })
  expect(readFileSync(join(models, 'Tiny-Q8_0.gguf'))).toEqual(readFileSync(file))
  const linked = await hearth('import', file, '--link', '--name', 'other', '--json')
  expect(JSON.parse(linked.output)).toEqual({ id: 'other', path: join(models, 'other.gguf') })
  expect(lstatSync(join(models, 'other.gguf')).isSymbolicLink()).toBe(true)
  const ids = JSON.parse((await hearth('list', '--json')).output).map(({ id }: { id: string }) => id)
  expect(ids).toContain('Tiny-Q8_0')
  expect(readdirSync(models).filter((name) => !name.endsWith('.gguf'))).toEqual([])
})

test('import takes all parts of a model, and needs every one of them', async () => {
  const parts = ['00001', '00002'].map((part) => join(folder, `Split-${part}-of-00002.gguf`))
  for (const part of parts.slice(0, 1)) await writeModel(part)
  const missing = await hearth('import', parts[0] ?? '')
  expect(missing.code).toBe(1)
  await writeModel(parts[1] ?? '')
  const later = await hearth('import', parts[1] ?? '')
  expect(later.errors).toContain('later part of a model')
  expect((await hearth('import', parts[0] ?? '', '--name', 'whole')).code).toBe(0)
  expect(readdirSync(models).sort()).toEqual(['whole-00001-of-00002.gguf', 'whole-00002-of-00002.gguf'])
})

test('import refuses what is no model, and never writes over one', async () => {
  const told = async (...args: string[]) => {
    const { code, errors } = await hearth('import', ...args)
    return `${code} ${errors}`
  }
  writeFileSync(join(folder, 'text.gguf'), 'no model at all')
  expect(await told(join(folder, 'text.gguf'))).toStartWith(`1 hearth: ${join(folder, 'text.gguf')} is no model`)
  truncateSync(file, 40)
  expect(await told(file)).toContain('is no model that can be used')
  await writeModel(file)
  expect(await told(join(folder, 'absent.gguf'))).toStartWith('2 ')
  expect(await told(file, '--name', '../escape')).toContain('cannot be the name of a file')
  expect(await told(file, '--encoding', 'F16')).toContain('a GGUF file is taken as it is')
  expect(await told(folder, '--link')).toContain('--link: is for a GGUF file')
  expect(existsSync(join(folder, 'escape.gguf'))).toBe(false)
  expect((await hearth('import', file)).code).toBe(0)
  expect(await told(file)).toContain('already')
})

test('show describes a model, its template and the memory that it would take', async () => {
  await hearth('import', file)
  const { code, output } = await hearth('show', 'Tiny-Q8_0')
  expect(code).toBe(0)
  expect(output).toMatch(/architecture +llama/)
  expect(output).toContain(`file  ${join(models, 'Tiny-Q8_0.gguf')}`)
  expect(output).toContain('Memory, estimated')
  expect((await hearth('show', 'Tiny-Q8_0', '--template')).output).toBe('{{ messages }}\n')
  const shown = JSON.parse((await hearth('show', 'Tiny-Q8_0', '--n-ctx', '77', '--json')).output)
  expect(shown).toMatchObject({ id: 'Tiny-Q8_0', head: { architecture: 'llama' }, load: { contextSize: 77 } })
  expect(shown.memory.mainBytes).toBeGreaterThan(0)
  expect((await hearth('show', 'absent')).errors).toContain("The model 'absent' does not exist here.")
})

test('cp gives a name, rm takes it away again, and then the model', async () => {
  await hearth('import', file)
  expect(await hearth('cp', 'Tiny-Q8_0', 'gpt-4o')).toMatchObject({ code: 0, output: 'Tiny-Q8_0 is gpt-4o too\n' })
  const listed = JSON.parse((await hearth('list', '--json')).output)
  expect(listed.find(({ id }: { id: string }) => id === 'Tiny-Q8_0').aliases).toContain('gpt-4o')
  expect((await hearth('cp', 'absent', 'x')).code).toBe(1)
  expect((await hearth('rm', 'gpt-4o', '--yes')).output).toContain('the name is gone')
  expect(existsSync(join(models, 'Tiny-Q8_0.gguf'))).toBe(true)
  expect((await hearth('rm', 'Tiny-Q8_0')).code).toBe(1)
  const removed = JSON.parse((await hearth('rm', 'Tiny-Q8_0', '--yes', '--json')).output)
  expect(removed).toEqual([
    expect.objectContaining({ id: 'Tiny-Q8_0', deleted_files: [join(models, 'Tiny-Q8_0.gguf')] }),
  ])
  expect(existsSync(join(models, 'Tiny-Q8_0.gguf'))).toBe(false)
})

test('rm asks whoever sits there, and takes no for an answer', async () => {
  await hearth('import', file)
  const variables = { HEARTH_MODELS_DIR: models, HEARTH_PORT: '0', HEARTH_HOME: folder }
  const no = await runCommandLine(['rm', 'Tiny-Q8_0'], { variables, typed: 'n\n' })
  expect([no.code, no.output]).toEqual([1, ''])
  expect(no.errors).toBe('Delete Tiny-Q8_0 from the disk? [y/N] Nothing is deleted.\n')
  expect(existsSync(join(models, 'Tiny-Q8_0.gguf'))).toBe(true)
  expect((await runCommandLine(['rm', 'Tiny-Q8_0'], { variables, typed: 'yes\n' })).code).toBe(0)
  expect(existsSync(join(models, 'Tiny-Q8_0.gguf'))).toBe(false)
})

test('rm deletes nothing where whoever sits there leaves without an answer', async () => {
  await hearth('import', file)
  const variables = { HEARTH_MODELS_DIR: models, HEARTH_PORT: '0', HEARTH_HOME: folder }
  const left = await runCommandLine(['rm', 'Tiny-Q8_0'], { variables, typed: '' })
  expect([left.code, left.output]).toEqual([1, ''])
  expect(left.errors).toEndWith('[y/N] \nNothing is deleted.\n')
  expect(existsSync(join(models, 'Tiny-Q8_0.gguf'))).toBe(true)
})

test('names for a shell that completes', async () => {
  await hearth('import', file)
  await hearth('cp', 'Tiny-Q8_0', 'gpt-4o')
  expect((await hearth('__complete', 'models')).output.split('\n')).toEqual(
    expect.arrayContaining(['Tiny-Q8_0', 'gpt-4o']),
  )
  expect((await hearth('__complete', 'pullable')).output).toContain('smollm2-135m-instruct\n')
})

test('config check says nothing where nothing is wrong, and path says where things are', async () => {
  const config = join(folder, 'config.yaml')
  writeFileSync(config, 'n_ctx: 512\n')
  expect(await hearth('config', 'check', '--config', config)).toEqual({ code: 0, output: '', errors: '' })
  writeFileSync(config, 'n_ctxx: 512\n')
  expect(await hearth('config', 'check', '--config', config)).toMatchObject({ code: 2, output: '' })
  writeFileSync(config, '')
  const { output } = await hearth('config', 'path', '--config', config, '--json')
  expect(JSON.parse(output)).toMatchObject({ file: config, models_dir: models, data: folder })
})

test('version --json has the versions of all parts', async () => {
  const versions = JSON.parse((await hearth('version', '--json')).output)
  expect(versions).toMatchObject({ runtime: expect.stringMatching(/^bun /), platform: process.platform })
  expect(versions.native['node-llama-cpp']).toMatch(/^\d/)
})

test('an import that fails in the middle leaves nothing behind, and the next one takes place', async () => {
  const parts = ['00001', '00002'].map((part) => join(folder, `Split-${part}-of-00002.gguf`))
  for (const part of parts) await writeModel(part)
  await mkdir(join(models, 'Split-00001-of-00002.gguf.importing'), { recursive: true })
  expect((await hearth('import', ...parts.slice(0, 1))).code).toBe(1)
  expect(readdirSync(models).filter((name) => name.endsWith('.gguf'))).toEqual([])
  rmSync(models, { recursive: true })
  expect((await hearth('import', ...parts.slice(0, 1))).code).toBe(0)
})

test('the ending is no part of a name, and what is no file is refused', async () => {
  const { output } = await hearth('import', file, '--name', 'other.gguf', '--json')
  expect(JSON.parse(output).id).toBe('other')
  expect((await hearth('import', file, '--name', 'x-00002-of-00002')).errors).toContain('cannot be the name')
  expect((await hearth('import', '/dev/null')).errors).toContain('/dev/null is no file on a disk')
})

test('rm tells what is gone also when it cannot go on', async () => {
  await hearth('import', file)
  const { code, output, errors } = await hearth('rm', 'Tiny-Q8_0', 'absent', '--yes')
  expect(code).toBe(1)
  expect(output).toContain('Tiny-Q8_0: deleted')
  expect(errors).toContain("'absent'")
})

test('what a file says of itself cannot move the cursor', async () => {
  await writeGguf(file, {
    metadata: {
      'general.architecture': { type: 'string', value: 'llama' },
      'general.name': { type: 'string', value: 'evil\u001b]52;c;aGk=\u0007\nname' },
      'general.license': { type: 'string', value: 'x\u001b[2J' },
      'tokenizer.chat_template': { type: 'string', value: '\u001b[2J' },
    },
    tensors: [{ name: 'a', type: 'F32', dimensions: [32], data: async () => new Uint8Array(128) }],
  })
  await hearth('import', file)
  expect((await hearth('list')).output).not.toContain('\u001b')
  const shown = await hearth('show', 'Tiny-Q8_0')
  expect(shown.output).not.toContain('\u001b')
  expect(shown.output).toContain(' name\n')
  expect((await hearth('show', 'Tiny-Q8_0', '--template')).output).toBe('\u001b[2J\n')
})
