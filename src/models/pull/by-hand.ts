import type { PullTarget, TargetSource } from './target.ts'

/** How a person puts a model's files in place, as instructions: the exact names, the exact folder, where to get them. */
export function byHand(target: PullTarget, folder: string): string {
  const { files, sha256 } = target
  const sum = sha256 ? ` (sha256 ${sha256})` : ''
  const what = files.length > 1 ? `the files ${files.join(', ')}` : `the file ${files[0]}${sum}`
  const places = target.sources.map(placeOf)
  return `By hand: put ${what} into the folder ${folder}. It can be had from ${places.join(', or from ')}.`
}

function placeOf(place: TargetSource): string {
  if (place.type === 'remote') return place.files.map(({ url }) => `${url.origin}${url.pathname}`).join(' and ')
  const { source } = place
  const name = source.version ? `${source.name} ${source.version}` : source.name
  return source.member.endsWith('.gguf')
    ? `${source.member} in the Python package ${name}`
    : `the folder ${source.member} of the Python package ${name}, turned into that file by \`hearth import\``
}
