import { afterEach, beforeEach, expect, test } from 'bun:test'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ServerError } from '../../core/errors.ts'
import { readHeader } from '../gguf/read-header.ts'
import { encodeTensor } from './encode-tensor.ts'
import { importModel } from './import-model.ts'
import { importSentenceTransformer } from './import-sentence-transformer.ts'
import { type FolderFiles, tinyConfig, tinyWeights, writeTinyFolder } from './tiny-folder.ts'

let folder: string
let directory: string
let target: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hearth-import-'))
  directory = join(folder, 'tiny')
  target = join(folder, 'tiny.gguf')
})
afterEach(() => rm(folder, { recursive: true }))

async function imported(change: FolderFiles = {}, encoding: 'F32' | 'F16' | 'Q8_0' = 'Q8_0'): Promise<Buffer> {
  await writeTinyFolder(directory, change)
  await importSentenceTransformer({ directory, target, encoding, licence: 'mit' })
  return readFile(target)
}

async function refusal(change: FolderFiles): Promise<ServerError> {
  await rm(directory, { recursive: true, force: true })
  const error = await imported(change).then(
    () => expect.unreachable(`imported with ${JSON.stringify(change)}`),
    (error) => error,
  )
  expect(error.code).toBe('model_import_failed')
  expect(await readdir(folder)).toEqual(['tiny'])
  return error
}

test('writes a model that its head describes', async () => {
  await imported()
  expect(await readHeader(target)).toEqual({
    architecture: 'bert',
    name: 'tiny',
    licence: 'mit',
    quantisation: 'Q8_0',
    parameterCount: 9472,
    trainedContextSize: 16,
    blockCount: 1,
    embeddingSize: 32,
    headCount: 4,
    vocabularySize: 9,
    pooling: 'mean',
    tensorBytes: expect.any(Number),
    layout: expect.objectContaining({ feedForwardLength: 64, matrixBytes: { F32: 2048, Q8_0: 8704 } }),
  })
})

test('marks the starts of words as llama.cpp wants them, and fills the vocabulary up', async () => {
  const bytes = await imported()
  const text = (value: string) => {
    const length = Buffer.alloc(8)
    length.writeUInt32LE(Buffer.byteLength(value))
    return Buffer.concat([length, Buffer.from(value)])
  }
  const tokens = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]', '\u2581cat', 's', '\u2581!', '[PAD8]']
  expect(bytes.includes(Buffer.concat(tokens.map(text)))).toBe(true)
  expect(bytes.includes(Buffer.from(new Int32Array([3, 3, 3, 3, 3, 1, 1, 1, 5]).buffer))).toBe(true)
})

test('weights come out the same from every type that they may be stored in', async () => {
  const whole = await imported({}, 'F32')
  for (const type of ['F16', 'BF16'] as const)
    expect((await imported({ 'model.safetensors': tinyWeights(type) }, 'F32')).equals(whole)).toBe(true)
  const older = (name: string) =>
    `bert.${name.replace('LayerNorm.weight', 'LayerNorm.gamma').replace('Norm.bias', 'Norm.beta')}`
  expect((await imported({ 'model.safetensors': tinyWeights('F32', older) }, 'F32')).equals(whole)).toBe(true)
})

test('keeps the case of letters where the tokenizer does', async () => {
  await writeTinyFolder(directory, { 'tokenizer_config.json': { do_lower_case: false } })
  await importSentenceTransformer({ directory, target })
  const bytes = await readFile(target)
  const at = bytes.indexOf('tokenizer.ggml.normalizer.lowercase') + 'tokenizer.ggml.normalizer.lowercase'.length
  expect([...bytes.subarray(at, at + 5)]).toEqual([7, 0, 0, 0, 0])
})

test('refuses what it cannot turn into the same vectors, and names the field and what it found', async () => {
  const config = (change: object) => ({ 'config.json': { ...tinyConfig, ...change } })
  const pooling = (change: object) => ({ '1_Pooling/config.json': change })
  const cases: readonly (readonly [FolderFiles, string])[] = [
    [config({ model_type: 'roberta' }), 'model_type in config.json is "roberta"'],
    [config({ hidden_act: 'relu' }), 'hidden_act in config.json is "relu"'],
    [config({ position_embedding_type: 'relative_key' }), 'position_embedding_type in config.json is "relative_key"'],
    [config({ num_attention_heads: 5 }), 'no multiple of num_attention_heads 5'],
    [config({ hidden_size: '32' }), 'hidden_size in config.json is "32"'],
    [config({ intermediate_size: 128 }), 'has the shape [64], and config.json asks for [128]'],
    [config({ vocab_size: 4 }), 'vocab.txt has 8 tokens, and vocab_size in config.json is 4'],
    [{ 'config.json': undefined }, 'config.json is missing'],
    [{ 'config.json': '{' }, 'config.json is not valid JSON'],
    [{ 'config.json': '[1]' }, 'config.json holds [1]'],
    [{ 'modules.json': undefined }, 'modules.json is missing'],
    [
      {
        'modules.json': [
          { path: '', type: 'x.Transformer' },
          { path: '2', type: 'x.Dense' },
        ],
      },
      "type 'x.Dense'",
    ],
    [{ 'modules.json': [{ path: '../..', type: 'x.Pooling' }] }, "'../..'"],
    [pooling({ pooling_mode_max_tokens: true }), 'chooses pooling_mode_max_tokens'],
    [pooling({ pooling_mode_mean_tokens: true, pooling_mode_cls_token: true }), 'pooling_mode_mean_tokens and'],
    [pooling({ pooling_mode: 'max' }), "pooling_mode in 1_Pooling/config.json is 'max'"],
    [{ 'vocab.txt': undefined }, 'vocab.txt is missing'],
    [{ 'vocab.txt': '[PAD]\n[UNK]' }, "lacks the cls_token '[CLS]'"],
    [{ 'model.safetensors': undefined, 'pytorch_model.bin': 'x' }, 'pytorch_model.bin'],
    [{ 'model.safetensors': 'short' }, 'no safetensors file'],
    [{ 'model.safetensors': tinyWeights('F32').subarray(0, -1) }, 'model.safetensors is cut'],
    [{ 'model.safetensors': tinyWeights('F32', (name) => `other.${name}`) }, "lacks the tensor 'embeddings."],
  ]
  for (const [change, message] of cases) expect((await refusal(change)).message).toContain(message)
})

test('refuses a folder that is not there', async () => {
  const error = await importSentenceTransformer({ directory, target }).catch((error) => error)
  expect(error.message).toContain(`The folder '${directory}' cannot be imported: it cannot be read`)
})

test('stops when it is told to, and leaves nothing', async () => {
  await writeTinyFolder(directory)
  const controller = new AbortController()
  const onProgress = () => controller.abort(new Error('enough'))
  const { signal } = controller
  await expect(importSentenceTransformer({ directory, target, signal, onProgress })).rejects.toThrow('enough')
  expect(await readdir(folder)).toEqual(['tiny'])
})

test('as a model of the models folder it has the name of its folder, and replaces no other', async () => {
  await writeTinyFolder(directory)
  const call = { directory, modelsDir: join(folder, 'models'), encoding: 'F16' as const, onProgress: () => {} }
  const path = await importModel({ ...call, signal: new AbortController().signal })
  expect(path).toBe(join(folder, 'models', 'tiny.gguf'))
  expect((await readHeader(path)).quantisation).toBe('F16')
  await expect(importModel({ ...call, signal: new AbortController().signal })).rejects.toThrow('already')
  await expect(importModel({ ...call, name: '../x', signal: new AbortController().signal })).rejects.toThrow('name')
})

test('quantises as llama.cpp does: one scale a block, halves away from zero', () => {
  const floats = Float32Array.from({ length: 32 }, (_, index) => (index < 4 ? ([127, -2.5, 2.5, -0.4][index] ?? 0) : 0))
  const bytes = encodeTensor(floats, 'Q8_0')
  expect(bytes.length).toBe(34)
  expect(new DataView(bytes.buffer).getFloat16(0, true)).toBe(1)
  expect([...new Int8Array(bytes.buffer, 2, 5)]).toEqual([127, -3, 3, 0, 0])
  expect(encodeTensor(new Float32Array(32), 'Q8_0')).toEqual(new Uint8Array(34))
})
