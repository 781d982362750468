import { expect, test } from 'bun:test'
import { createCatalog, findInCatalog } from './catalog.ts'
import { defaultModels } from './known-models.ts'

test('knows the default models, and every entry has a source and a plain file name', () => {
  const catalog = createCatalog()
  expect(findInCatalog(catalog, defaultModels.chat)?.kind).toBe('chat')
  expect(findInCatalog(catalog, defaultModels.embedding)?.kind).toBe('embedding')
  for (const { id, file, sources, sizeBytes, licence, contextSize } of catalog) {
    expect(file, id).toMatch(/^[\w.-]+\.gguf$/)
    expect(sources.length, id).toBeGreaterThan(0)
    expect(sizeBytes && licence && contextSize, id).toBeTruthy()
  }
  expect(new Set(catalog.map(({ id }) => id.toLowerCase())).size).toBe(catalog.length)
  expect(new Set(catalog.map(({ file }) => file.toLowerCase())).size).toBe(catalog.length)
})

test("adds the user's entries, which win over the program's own", () => {
  const hugging_face = { repo: 'me/mine', file: 'x.gguf', revision: 'v1' }
  const python_package = { name: 'mine', version: '1.0', member: 'mine/model/' }
  const sources = [{ hugging_face }, { python_package }]
  const catalog = createCatalog([
    { id: 'mine', kind: 'chat', file: 'Mine.gguf', context: 4096, size_bytes: 7, sha256: 'a'.repeat(64), sources },
    { id: 'phi-4', kind: 'chat', file: 'MyPhi.gguf', sources },
  ])
  expect(findInCatalog(catalog, 'MINE')).toEqual({
    id: 'mine',
    kind: 'chat',
    file: 'Mine.gguf',
    contextSize: 4096,
    sizeBytes: 7,
    sha256: 'a'.repeat(64),
    sources: [
      { type: 'hugging-face', repository: 'me/mine', file: 'x.gguf', revision: 'v1' },
      { type: 'python-package', name: 'mine', version: '1.0', member: 'mine/model/' },
    ],
  })
  expect(findInCatalog(catalog, 'phi-4')?.file).toBe('MyPhi.gguf')
  expect(catalog.length).toBe(createCatalog().length + 1)
})
