import type { HuggingFaceSource } from '../catalog/catalog-entry.ts'
import { type DownloadCall, download } from './download.ts'
import type { Environment } from './environment.ts'

const PUBLIC_HUB = 'https://huggingface.co'

export type HuggingFaceCall = Omit<DownloadCall, 'url' | 'place' | 'token' | 'sha256'> & {
  readonly source: HuggingFaceSource
  readonly sha256?: string
}

/** Fetches a file of a repository, as `download` does, by HF_ENDPOINT and HF_TOKEN where they are set. */
export async function downloadFromHuggingFace({ source, sha256, ...call }: HuggingFaceCall): Promise<void> {
  const expected = source.sha256 ?? sha256
  const token = call.environment.HF_TOKEN?.trim()
  const url = huggingFaceUrl(source, call.environment)
  await download({
    ...call,
    url,
    place: `${url.host} (${source.repository})`,
    ...(token && { token }),
    ...(expected && { sha256: expected }),
  })
}

/** Where a file can be had, on the public hub or on the mirror that HF_ENDPOINT names. */
export function huggingFaceUrl({ repository, file, revision }: HuggingFaceSource, environment: Environment): URL {
  const endpoint = environment.HF_ENDPOINT?.trim().replace(/\/+$/, '') || PUBLIC_HUB
  const path = [...repository.split('/'), 'resolve', revision ?? 'main', ...file.split('/')]
  return new URL(`${endpoint}/${path.map(encodeURIComponent).join('/')}`)
}
