import { ServerError } from '../../core/errors.ts'
import type { PageOrigin } from './cors.ts'

/**
 * Throws `cross_site_refused` for what a page of another site has a browser send. Browsers send some requests without asking
 * first, and they reach servers that nobody else does: a page must not be able to unload models or to fill the disk. Where the
 * pages of all sites are allowed it needs a key for that all the same; a page that is allowed by its name does not.
 */
export function refuseCrossSite(headers: Headers, { standing }: PageOrigin, hasKey: boolean): void {
  if (standing === 'own' || standing === 'allowed' || (standing === 'all' && hasKey)) return
  const site = headers.get('sec-fetch-site')
  const origin = headers.get('origin')
  if (site === 'cross-site') throw new ServerError('cross_site_refused', { origin: origin ?? 'unknown' })
  // Browsers tell the site only where the connection is safe, as one to this machine is; the origin they tell always.
  if (site === null && origin !== null && isElsewhere(origin, headers.get('host')))
    throw new ServerError('cross_site_refused', { origin })
}

/**
 * Throws `cross_site_refused` for a POST that a page of another site can have a browser send without asking first: one that
 * does not say that it is JSON. It could read no answer, but have models work, and fill the disk.
 */
export function refuseUnaskedPost(headers: Headers, { standing }: PageOrigin): void {
  if (standing === 'own' || standing === 'allowed' || standing === 'all') return
  const origin = headers.get('origin')
  const isAsked = /^application\/([\w.-]+\+)?json\b/i.test(headers.get('content-type')?.trim() ?? '')
  if (origin === null || isAsked) return
  // Pages that tell no referrer have the origin 'null'.
  if (origin === 'null' || isElsewhere(origin, headers.get('host')))
    throw new ServerError('cross_site_refused', { origin })
}

/** Origins that are no websites, such as those of desktop programs, are nowhere else. */
function isElsewhere(origin: string, host: string | null): boolean {
  if (!/^https?:/i.test(origin) || host === null) return false
  const nameOf = (url: string) => (URL.canParse(url) ? new URL(url).hostname : undefined)
  return nameOf(origin) !== nameOf(`http://${host}`)
}
