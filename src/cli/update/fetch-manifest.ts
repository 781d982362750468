import { version } from '../../config/version.ts'
import type { ReleaseManifest } from '../../core/release-manifest.ts'
import { readText } from '../../models/pull/read-chunks.ts'
import { drop, request } from '../../models/pull/request.ts'
import { CommandError } from '../command-error.ts'
import { parseManifest } from './manifest-schema.ts'

export interface ManifestCall {
  /** Without a slash at its end. */
  readonly releasesUrl: string
  /** For the proxy variables. */
  readonly variables: Readonly<Record<string, string>>
  readonly signal: AbortSignal
  /** For the whole answer. Default: 30 s. */
  readonly patienceMilliseconds?: number
}

/** A manifest has some kB. */
const mostBytes = 1024 * 1024

/**
 * Asks once for the manifest of the newest release, and says nothing of this machine but Hearth's own version. Rejects with a
 * `CommandError` that says why there is none, and with the signal's reason once it aborts.
 */
export async function fetchManifest(call: ManifestCall): Promise<ReleaseManifest> {
  const { signal, patienceMilliseconds = 30_000 } = call
  const url = new URL(`${call.releasesUrl}/latest/download/release.json`)
  const time = AbortSignal.timeout(patienceMilliseconds)
  try {
    const text = await read(url, call, AbortSignal.any([signal, time]))
    const manifest = parseManifest(text)
    if (typeof manifest === 'string') throw new Error(`${url} is no manifest of a release of Hearth (${manifest})`)
    return manifest
  } catch (error) {
    signal.throwIfAborted()
    const silence = `${url.host} has not answered within ${Math.round(patienceMilliseconds / 1000)} s`
    const reason = time.aborted ? silence : (error as Error).message
    throw new CommandError(`Whether there is a newer version is not known: ${reason}.`, advice, { cause: error })
  }
}

const advice =
  'Look at releases_url (`hearth config explain`), the network and the proxy (HTTPS_PROXY), then try again.'

async function read(url: URL, { variables, patienceMilliseconds = 30_000 }: ManifestCall, signal: AbortSignal) {
  const { response } = await request({
    url,
    headers: { accept: 'application/json', 'accept-encoding': 'identity', 'user-agent': `hearth/${version}` },
    environment: variables,
    signal,
    timeoutMilliseconds: patienceMilliseconds,
  })
  if (response.status !== 200) {
    await drop(response)
    const what = response.status === 404 ? 'there is no release at' : `${response.status} is the answer of`
    throw new Error(`${what} ${url}`)
  }
  const text = await readText({ body: response.body, stall: patienceMilliseconds, signal }, mostBytes)
  if (text === undefined) throw new Error(`${url} has more than ${mostBytes} bytes, which no manifest has`)
  return text
}
