import { afterAll, beforeAll, expect, test } from 'bun:test'
import { mkdtemp, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SeededRandom } from '../../../test/seeded-random.ts'
import { HeadBytes } from './head-bytes.ts'
import type { HeaderProblem } from './header-problem.ts'
import { readHeader, readModelFileHead } from './read-header.ts'
import { type GgufContents, writeGguf } from './write-gguf.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hearth-header-'))
})
afterAll(() => rm(folder, { recursive: true }))

const contents: GgufContents = {
  metadata: {
    'general.architecture': { type: 'string', value: 'llama' },
    'general.name': { type: 'string', value: 'Tiny' },
    'general.license': { type: 'string', value: 'apache-2.0' },
    'llama.context_length': { type: 'uint32', value: 2048 },
    'llama.block_count': { type: 'uint32', value: 2 },
    'llama.embedding_length': { type: 'uint32', value: 64 },
    'llama.attention.head_count': { type: 'uint32', value: 4 },
    'llama.attention.head_count_kv': { type: 'int32s', value: [2, 1] },
    'llama.rope.freq_base': { type: 'float32', value: 10_000 },
    'tokenizer.ggml.add_bos_token': { type: 'bool', value: true },
    'tokenizer.ggml.tokens': { type: 'strings', value: ['<s>', '</s>', 'caf\u00e9'] },
    'tokenizer.chat_template': { type: 'string', value: '{{ messages }}' },
  },
  tensors: [
    { name: 'norm.weight', type: 'F32', dimensions: [64], data: async () => new Uint8Array(256) },
    { name: 'token_embd.weight', type: 'Q8_0', dimensions: [64, 3], data: async () => new Uint8Array(204) },
    { name: 'output.weight', type: 'Q8_0', dimensions: [64, 3], data: async () => new Uint8Array(204) },
  ],
}

async function written(name: string, change: Partial<GgufContents> = {}): Promise<string> {
  const path = join(folder, name)
  await writeGguf(path, { ...contents, ...change })
  return path
}

async function file(name: string, bytes: Uint8Array | string): Promise<string> {
  const path = join(folder, name)
  await writeFile(path, bytes)
  return path
}

/** The reason and the message with which a file is refused. */
async function problemOf(path: string): Promise<readonly [string, string]> {
  const problem = await readHeader(path).then(
    () => expect.unreachable('the header was read'),
    (error: HeaderProblem) => error,
  )
  expect(problem.name).toBe('HeaderProblem')
  return [problem.reason, problem.message]
}

test('tells what the head of a file says', async () => {
  expect(await readHeader(await written('whole.gguf'))).toEqual({
    architecture: 'llama',
    name: 'Tiny',
    licence: 'apache-2.0',
    quantisation: 'Q8_0',
    parameterCount: 448,
    trainedContextSize: 2048,
    blockCount: 2,
    embeddingSize: 64,
    headCount: 4,
    headCountKeyValue: 2,
    vocabularySize: 3,
    chatTemplate: '{{ messages }}',
    tensorBytes: 664,
    layout: {
      ...{ embeddingBytes: 204, embeddingType: 'Q8_0', outputBytes: 204 },
      ...{ matrixBytes: {}, describedBytes: 664, headCountsKeyValue: [2, 1] },
    },
  })
})

test('names the pooling of an embedding model', async () => {
  const metadata = {
    'general.architecture': { type: 'string', value: 'bert' },
    'bert.pooling_type': { type: 'uint32', value: 1 },
  } as const
  expect((await readHeader(await written('bert.gguf', { metadata }))).pooling).toBe('mean')
})

test('counts a vocabulary of 256,000 tokens within 100 ms and reads on behind it', async () => {
  const value = Array.from({ length: 256_000 }, (_, index) => `token ${index}`)
  const metadata = { ...contents.metadata, 'tokenizer.ggml.tokens': { type: 'strings', value } } as const
  const path = await written('large.gguf', { metadata })
  await readHeader(path)
  let fastest = Number.POSITIVE_INFINITY
  for (let attempt = 0; attempt < 5; attempt++) {
    const start = performance.now()
    const header = await readHeader(path)
    fastest = Math.min(fastest, performance.now() - start)
    expect(header).toMatchObject({ vocabularySize: 256_000, tensorBytes: 664 })
  }
  expect(fastest).toBeLessThan(100)
})

test('refuses what is no file, and says what it is', async () => {
  expect((await problemOf(join(folder, 'absent.gguf')))[0]).toBe('missing')
  expect((await problemOf(folder))[0]).toBe('directory')
  expect((await problemOf(await file('empty.gguf', '')))[0]).toBe('empty')
  expect((await problemOf('/dev/null'))[0]).toBe('unreadable')
})

test('refuses a file of another format, and other versions of this one', async () => {
  expect((await problemOf(await file('page.gguf', '<!doctype html>')))[0]).toBe('not-gguf')
  expect((await problemOf(await file('short.gguf', 'GG')))[0]).toBe('not-gguf')
  const first = new HeadBytes().uint32(0x46554747).uint32(1).finish(32)
  expect(await problemOf(await file('first.gguf', first))).toEqual([
    'unsupported-version',
    'it is a GGUF file of an unsupported kind (version 1)',
  ])
  const other = new HeadBytes().uint32(0x46554747).uint32(0x03000000).finish(32)
  expect((await problemOf(await file('other.gguf', other)))[1]).toContain('big-endian')
})

test('refuses a file that is cut anywhere', async () => {
  const path = await written('cut.gguf')
  const { size } = await stat(path)
  // The last tensor is followed by padding, which a file may lack.
  for (let length = size - 21; length > 3; length -= 17) {
    await truncate(path, length)
    const [reason, message] = await problemOf(path)
    expect(reason).toBe('truncated')
    expect(message).toContain(`${length}`)
  }
})

test('refuses heads that claim the impossible, without following them', async () => {
  const head = () => new HeadBytes().uint32(0x46554747).uint32(3)
  const huge = 2 ** 52
  const claims = {
    pairs: head().uint64(0).uint64(huge),
    tensors: head().uint64(huge).uint64(0),
    'longest key': head().uint64(0).uint64(1).uint64(huge),
    'longest text': head().uint64(0).uint64(1).string('general.name').uint32(8).uint64(huge),
    'longest skipped text': head().uint64(0).uint64(1).string('other').uint32(8).uint64(huge),
    'longest list': head().uint64(0).uint64(1).string('list').uint32(9).uint32(5).uint64(huge),
    'longest list of texts': head().uint64(0).uint64(1).string('list').uint32(9).uint32(8).uint64(huge),
    'list of lists': head().uint64(0).uint64(1).string('list').uint32(9).uint32(9).uint64(1),
    'unknown type': head().uint64(0).uint64(1).string('list').uint32(77),
    'too many dimensions': head().uint64(1).uint64(0).string('t').uint32(1_000_000),
    'largest tensor': head().uint64(1).uint64(0).string('t').uint32(2).uint64(huge).uint64(huge).uint32(0).uint64(0),
    'largest number': head().uint32(0xffffffff).uint32(0xffffffff),
    'no architecture': head().uint64(0).uint64(0),
  }
  for (const [name, bytes] of Object.entries(claims)) {
    const [reason] = await problemOf(await file(`${name}.gguf`, bytes.finish(64)))
    expect(['damaged', 'truncated'], name).toContain(reason)
  }
})

test('survives any single changed byte', async () => {
  const bytes = await Bun.file(await written('flip.gguf')).bytes()
  for (let index = 0; index < bytes.length; index++) {
    const before = bytes[index] ?? 0
    bytes[index] = before ^ 0xff
    const path = await file('flipped.gguf', bytes)
    await readHeader(path).catch((error) => expect(error.name).toBe('HeaderProblem'))
    bytes[index] = before
  }
})

test('tells what a model keeps in memory beside its weights', async () => {
  const path = await written('hybrid.gguf', {
    metadata: {
      'general.architecture': { type: 'string', value: 'jamba' },
      'jamba.attention.sliding_window': { type: 'uint32', value: 512 },
      'jamba.attention.sliding_window_pattern': { type: 'int32s', value: [1, 0] },
      'jamba.feed_forward_length': { type: 'int32s', value: [256, 512] },
      'jamba.ssm.conv_kernel': { type: 'uint32', value: 4 },
      'jamba.ssm.inner_size': { type: 'uint32', value: 128 },
      'jamba.attention.key_length_mla': { type: 'uint32', value: 96 },
    },
    tensors: [
      { name: 'blk.0.ffn_up.weight', type: 'F16', dimensions: [64, 8], data: async () => new Uint8Array(1024) },
      { name: 'blk.0.norm.weight', type: 'F32', dimensions: [64], data: async () => new Uint8Array(256) },
    ],
  })
  expect((await readHeader(path)).layout).toEqual({
    embeddingBytes: 0,
    outputBytes: 0,
    matrixBytes: { F16: 1024 },
    describedBytes: 1280,
    feedForwardLength: 512,
    slidingWindow: { size: 512, pattern: [true, false] },
    hasLatentAttention: true,
    recurrence: { convolutionLength: 4, innerSize: 128 },
  })
})

test('tells a model from an adapter and from what reads images', async () => {
  const roleOf = async (metadata: GgufContents['metadata']) =>
    (await readModelFileHead(await written('role.gguf', { metadata }))).role
  const architecture = (value: string) => ({ 'general.architecture': { type: 'string', value } }) as const
  expect(await roleOf(architecture('llama'))).toBe('model')
  expect(await roleOf({ ...architecture('llama'), 'general.type': { type: 'string', value: 'model' } })).toBe('model')
  expect(await roleOf({ ...architecture('llama'), 'general.type': { type: 'string', value: 'adapter' } })).toBe(
    'adapter',
  )
  expect(await roleOf({ ...architecture('llama'), 'adapter.type': { type: 'string', value: 'lora' } })).toBe('adapter')
  expect(await roleOf(architecture('clip'))).toBe('projector')
})

test('survives heads that were damaged in many places, without taking much memory', async () => {
  const whole = new Uint8Array(await readFile(await written('fuzzed.gguf')))
  const random = new SeededRandom(11)
  const some = (limit: number) => Math.floor(random.next() * limit)
  const before = process.memoryUsage.rss()
  for (let round = 0; round < 600; round++) {
    const bytes = whole.slice(0, round % 5 === 0 ? some(whole.length) + 1 : whole.length)
    // Half of them keep their first bytes, so that reading goes on; a run of 0x0f is a count of about 2^60.
    const from = round % 2 === 0 ? 24 : 0
    for (let times = some(6); times >= 0; times--) {
      const at = from + some(Math.max(1, bytes.length - from))
      if (some(2) === 0) bytes.fill(0x0f, at, at + 8)
      else bytes[at] = some(256)
    }
    const path = await file('fuzzed-now.gguf', bytes)
    await readHeader(path).catch((error) => expect([round, error.name]).toEqual([round, 'HeaderProblem']))
  }
  expect(process.memoryUsage.rss() - before).toBeLessThan(200 * 2 ** 20)
}, 30_000)
