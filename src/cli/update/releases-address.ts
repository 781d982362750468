import type { ConfigProblem } from '../../config/problem.ts'
import { isLoopback } from '../../platform/proxy.ts'

/** Where releases are asked for: without a slash at its end. */
export interface ReleasesAddress {
  readonly url: string
  /** Whether the executable was built with it, so that its install script knows it as well. */
  readonly isBuiltIn: boolean
}

/** What `releasesAddress` chooses from. */
export interface AddressFacts {
  /** The option `releases_url`; empty: never asked. */
  readonly option: string | undefined
  /** What the executable was built with. */
  readonly builtIn: string | undefined
}

/** The address below which releases lie, or why nobody can be asked. Pure. */
export function releasesAddress({
  option,
  builtIn,
}: AddressFacts): ReleasesAddress | { readonly problem: ConfigProblem } {
  const text = option ?? builtIn
  if (!text) return wrong(option === '' ? isForbidden : isUnknown)
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (!url || !/^https?:$/.test(url.protocol)) return wrong(`found '${text}', expected an address like ${example}`)
  if (url.username || url.password)
    return wrong('an address has no name and no password: it would stand in lists and logs')
  if (url.search || url.hash) return wrong(`found '${text}', expected an address without '?' and '#'`)
  if (url.protocol === 'http:' && !isLoopback(url.hostname))
    return wrong(`'${url.origin}' is asked by https only: whoever is on the way could change the answer`)
  const base = url.href.replace(/\/+$/, '')
  return { url: base, isBuiltIn: builtIn !== undefined && base === builtIn.replace(/\/+$/, '') }
}

const example = 'https://downloads.example.com/hearth'
const howTo = `say --releases-url ${example}, or set releases_url in config.yaml or HEARTH_RELEASES_URL`
const isUnknown = `this build knows of no place where releases are published; ${howTo}`
const isForbidden = `it is empty, so that nobody is ever asked for a newer version; ${howTo}`

const wrong = (message: string) => ({ problem: { path: 'releases_url', message } })
