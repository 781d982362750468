/** What an executable that lies in dist/ says of itself. */
export interface AddressedExecutable {
  readonly name: string
  /** The address of releases that was built into it; absent: none. */
  readonly releasesUrl?: string
}

/** The address that goes into what installs a release. */
export interface ReleasesAddress {
  readonly url?: string
  /** A line for people about executables that know another address, or none. */
  readonly note?: string
}

/**
 * The address for the scripts beside some executables: the one that was asked for, else the one that these were built with, so
 * that building one of them again takes it from none. Pure.
 */
export function chooseAddress(executables: readonly AddressedExecutable[], asked: string | undefined): ReleasesAddress {
  const known = new Set(executables.flatMap(({ releasesUrl }) => releasesUrl ?? []))
  const url = asked ?? (known.size === 1 ? [...known][0] : undefined)
  const others = executables.filter(({ releasesUrl }) => releasesUrl !== url)
  if (others.length === 0) return url === undefined ? {} : { url }
  const list = others.map(({ name, releasesUrl }) => `${name} (${releasesUrl ?? 'none'})`).join(', ')
  return {
    ...(url !== undefined && { url }),
    note: `install.sh has ${url ?? 'no address of releases'}, and these were built with another one: ${list}; build them again with --releases ${url ?? 'URL'}`,
  }
}
