import type { HubReference } from './reference.ts'
import { decoded, shorten, wrong } from './reference-problem.ts'
import { pathProblem } from './safe-path.ts'

const PART = '[A-Za-z0-9](?:[\\w.-]*[A-Za-z0-9])?'
const HUB = new RegExp(`^(${PART}/${PART})(?:@([^/:]+))?(?:/(.+)|:([^/]+))?$`)

/** `user/repository`, with `@revision` behind it, and `/path/file.gguf`, `:QUANTISATION` or `:file.gguf` at the end. */
export function parseHub(text: string): HubReference {
  const [, repository, at, path, tag] = HUB.exec(text.replace(/\/+$/, '')) ?? []
  if (repository === undefined)
    throw wrong(`'${shorten(text)}' names no repository; write 'hf:user/repository' or 'hf:user/repository:Q4_K_M'`)
  const revision = at === undefined ? {} : { revision: decoded(at) }
  // It becomes a part of an address, where this would mean the part above it.
  if (/^\.{1,2}$/.test(revision.revision ?? '')) throw wrong(`'${shorten(at ?? '')}' is no revision`)
  if (path !== undefined) return { type: 'hugging-face', repository, ...revision, file: hubFile(path) }
  if (tag === undefined || tag.toLowerCase() === 'latest') return { type: 'hugging-face', repository, ...revision }
  if (/\.gguf$/i.test(tag)) return { type: 'hugging-face', repository, ...revision, file: hubFile(tag) }
  if (!/^[\w.-]{1,40}$/.test(tag)) throw wrong(`'${shorten(tag)}' is no quantisation; write one as 'Q4_K_M'`)
  return { type: 'hugging-face', repository, ...revision, quantisation: tag.toUpperCase() }
}

/** A path in a repository. */
export function hubFile(path: string): string {
  const problem = pathProblem(path.split('/'))
  if (problem) throw wrong(`the file '${shorten(path)}' cannot be kept: ${problem}`)
  if (!/\.gguf$/i.test(path)) throw wrong(`'${shorten(path)}' is no .gguf file; write 'hf:user/repository/file.gguf'`)
  return path
}
