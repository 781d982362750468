import { DistributionError } from './distribution-error.ts'

/** The first of January 2026, in seconds. */
const usualSeconds = Date.UTC(2026, 0, 1) / 1000

/** Formats of archives count no further. */
const mostSeconds = 0xffffffff

/**
 * The time that all files in archives have, so that the same files make the same bytes: that of `SOURCE_DATE_EPOCH`, as for other
 * reproducible builds, else a fixed one. Throws `DistributionError` for one that is no number of seconds: `tar` would not read
 * the archive.
 */
export function archiveTime(wanted: string | undefined): Date {
  const text = wanted?.trim()
  const seconds = text ? Number(text) : usualSeconds
  if (Number.isInteger(seconds) && seconds >= 0 && seconds <= mostSeconds) return new Date(seconds * 1000)
  throw new DistributionError(
    `SOURCE_DATE_EPOCH is a number of seconds since 1970, such as ${usualSeconds}, not '${text}'`,
  )
}
