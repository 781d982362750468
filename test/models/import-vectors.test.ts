import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { importSentenceTransformer } from '../../src/models/import/import-sentence-transformer.ts'
import { sha256Of } from '../../src/models/pull/part-file.ts'
import { realModels } from '../real-models.ts'
import { realEntry, realRuntime } from './real-runtime.ts'
import { sentenceTransformerFolder } from './sentence-transformer.ts'

/** The file that llama.cpp's own tools made of the same weights. */
const madeByLlamaCpp = 'dbbb0e0f573a705826d5dd9b7be194c2afd0b814460b814b1d4e8b3362564546'

const sentences = [
  'a cat sits on the mat',
  'a kitten rests on the rug',
  'the stock market crashed today',
  'The quick brown fox jumps over the lazy dog.',
  'Hello, World! 123',
  'Caf\u00e9 na\u00efve r\u00e9sum\u00e9',
  '\u041f\u0440\u0438\u0432\u0435\u0442 \u043c\u0438\u0440',
  '\u65e5\u672c\u8a9e\u306e\u30c6\u30ad\u30b9\u30c8',
  'unbelievably antidisestablishmentarianism',
  'e-mail: someone@example.org',
  '\u201cquotes\u201d \u2014 dashes\u2026',
  'C++ & Rust',
  "we can't do it",
  '\u00dcn\u00efc\u00f6d\u00e9 TEXT',
  '3.14159 is not 2.71828',
  'love',
  'New York City is large',
  'How do I reset my password?',
  'I forgot my login and need help to sign in.',
  'word '.repeat(200),
]

const signal = new AbortController().signal
const source = await sentenceTransformerFolder()
if ('problem' in source) console.warn(`The tests of imported vectors are skipped: ${source.problem}`)
const { embedding } = await realModels()
const isReference = (await sha256Of(embedding, { signal })) === madeByLlamaCpp
if (!isReference) console.warn(`The comparison with llama.cpp's own file is skipped: ${embedding} is another one.`)

describe.skipIf('problem' in source)('an imported sentence-transformers model', () => {
  const folder = mkdtempSync(join(tmpdir(), 'hearth-vectors-'))
  const files = { Q8_0: join(folder, 'q8.gguf'), F32: join(folder, 'f32.gguf') }
  beforeAll(async () => {
    if ('problem' in source) return
    for (const encoding of ['Q8_0', 'F32'] as const)
      await importSentenceTransformer({ directory: source.path, target: files[encoding], encoding })
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  test.skipIf(!isReference)(
    'gives the vectors that the file gives which llama.cpp made of it',
    async () => {
      expect(smallestCosine(await embed(files.Q8_0), await embed(embedding))).toBeGreaterThan(0.999)
    },
    120_000,
  )

  test('loses little by its quantisation, and tells what is alike', async () => {
    const vectors = await embed(files.Q8_0)
    expect(smallestCosine(vectors, await embed(files.F32))).toBeGreaterThan(0.998)
    const [cat, kitten, market] = vectors
    expect(cosine(cat, kitten)).toBeGreaterThan(0.6)
    expect(cosine(cat, market)).toBeLessThan(0.2)
  }, 120_000)
})

async function embed(path: string): Promise<readonly Float32Array[]> {
  const entry = await realEntry({ path, kind: 'embedding', load: { contextSize: 'auto' } })
  await using model = await realRuntime().load(entry, { signal })
  const result = await model.embed?.(sentences, {}, signal)
  return result?.vectors ?? []
}

function smallestCosine(left: readonly Float32Array[], right: readonly Float32Array[]): number {
  expect(left.length).toBe(sentences.length)
  return Math.min(...left.map((vector, index) => cosine(vector, right[index])))
}

/** Of vectors of length 1. */
function cosine(left: Float32Array | undefined, right: Float32Array | undefined): number {
  return left && right ? left.reduce((sum, value, index) => sum + value * (right[index] ?? 0), 0) : 0
}
