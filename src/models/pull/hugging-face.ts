import type { HuggingFaceSource } from '../catalog/catalog-entry.ts'
import type { Environment } from './environment.ts'
import { SourceProblem } from './source-problem.ts'
import type { RemoteFile } from './target.ts'

const PUBLIC_HUB = 'https://huggingface.co'

/** A file of a repository, as it can be asked for by HF_ENDPOINT and HF_TOKEN where they are set. */
export function hubFileOf(source: HuggingFaceSource, environment: Environment): RemoteFile {
  const { sha256, repository } = source
  const url = huggingFaceUrl(source, environment)
  const token = hubToken(environment)
  return {
    url,
    place: `${url.host} (${repository})`,
    ...(token && { token }),
    ...(sha256 && { sha256 }),
  }
}

/** Where a file can be had, on the public hub or on the mirror that HF_ENDPOINT names. */
export function huggingFaceUrl({ repository, file, revision }: HuggingFaceSource, environment: Environment): URL {
  return hubUrl([...repository.split('/'), 'resolve', revision ?? 'main', ...file.split('/')], environment)
}

/** An address of the hub, by the parts of its path. Throws `SourceProblem` where HF_ENDPOINT is none. */
export function hubUrl(path: readonly string[], environment: Environment): URL {
  const endpoint = environment.HF_ENDPOINT?.trim().replace(/\/+$/, '') || PUBLIC_HUB
  if (!/^https?:\/\//.test(endpoint) || !URL.canParse(endpoint))
    throw new SourceProblem(`HF_ENDPOINT is no address of a hub: '${endpoint}'`)
  return new URL(`${endpoint}/${path.map(encodeURIComponent).join('/')}`)
}

/** The token that may be sent to the hub, and to nobody else. */
export const hubToken = (environment: Environment): string | undefined => environment.HF_TOKEN?.trim() || undefined
