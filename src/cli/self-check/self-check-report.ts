import type { BundleCheck } from '../../platform/bundle/check-bundle.ts'
import type { CheckedFile } from '../../platform/bundle/check-files.ts'
import type { UnpackedCheck } from '../../platform/bundle/check-unpacked.ts'
import { textTable } from '../text-table.ts'

/** What was looked at, and what was found. */
export interface SelfCheck extends BundleCheck {
  readonly path: string
  /** Of this executable itself only. */
  readonly unpacked?: UnpackedCheck
}

/** The report for people. */
export function reportOf(check: SelfCheck, { isListed }: { readonly isListed: boolean }): string {
  const { path, bytes, format, contents, files } = check
  const lines = [
    `${path}: ${size(bytes)}${format ? `, ${format.name} for ${format.machine}${needs(format.needs)}` : ''}`,
    ...(contents
      ? [
          `Hearth ${contents.version} for ${contents.target}, on ${contents.runtime}`,
          `native libraries ${contents.nativeVersion} (${contents.device}): ${summary(files)}`,
        ]
      : []),
    ...(check.unpacked ? [unpackedLine(check.unpacked)] : []),
  ]
  const list = isListed && files.length > 0 ? `\n${textTable([heading, ...files.map(row)])}\n` : ''
  return `${lines.join('\n')}\n${list}${verdict(check)}`
}

/** The same for programs. */
export const asJson = (check: SelfCheck) => ({
  path: check.path,
  bytes: check.bytes,
  is_whole: problemsOf(check).length === 0,
  problems: problemsOf(check),
  checked_by: check.checkedBy ?? 'files',
  format: check.format
    ? { name: check.format.name, machine: check.format.machine, needs: check.format.needs ?? null }
    : null,
  version: check.contents?.version ?? null,
  target: check.contents?.target ?? null,
  runtime: check.contents?.runtime ?? null,
  releases_url: check.contents?.releasesUrl ?? null,
  native: check.contents ? { version: check.contents.nativeVersion, device: check.contents.device } : null,
  files: check.files.map(({ name, part, bytes, sha256, compressed, at }) => ({
    name,
    part,
    bytes,
    compressed_bytes: compressed.bytes,
    sha256,
    is_whole: at !== undefined,
  })),
  unpacked: check.unpacked
    ? { folder: check.unpacked.folder, is_there: check.unpacked.isThere, damaged: check.unpacked.damaged }
    : null,
})

/** All that is wrong, in sentences. */
export function problemsOf({ problems, unpacked }: Pick<SelfCheck, 'problems' | 'unpacked'>): readonly string[] {
  const damaged = unpacked?.damaged ?? []
  if (damaged.length === 0) return problems
  const what = `${damaged.join(', ')} in ${unpacked?.folder} ${damaged.length === 1 ? 'is' : 'are'} not as unpacked`
  return [...problems, `${what}: the next start that needs the libraries puts that right.`]
}

const heading = ['FILE', 'PART', 'SIZE', 'COMPRESSED', 'SHA-256', '']

const row = ({ name, part, bytes, compressed, sha256, at }: CheckedFile) => [
  name,
  part,
  size(bytes),
  size(compressed.bytes),
  sha256,
  at === undefined ? 'DAMAGED' : 'ok',
]

function summary(files: readonly CheckedFile[]): string {
  const libraries = files.filter(({ part }) => part !== 'papers')
  const bytes = libraries.reduce((sum, file) => sum + file.bytes, 0)
  return `${libraries.length} files, ${size(bytes)} unpacked`
}

function unpackedLine({ folder, isThere, damaged }: UnpackedCheck): string {
  if (!isThere) return `not unpacked yet: ${folder}`
  return `unpacked in ${folder}: ${damaged.length === 0 ? 'the same' : `${damaged.length} damaged`}`
}

function verdict(check: SelfCheck): string {
  const problems = problemsOf(check)
  if (problems.length > 0) return `\n${problems.map((problem) => `DAMAGED  ${problem}\n`).join('')}`
  if (check.checkedBy === undefined) return 'Every file in it is as it was built; the rest of it has no seal.\n'
  return `Every byte is as it was built (checked by its ${check.checkedBy}).\n`
}

const needs = (what: string | undefined) => (what ? ` (${what})` : '')

const size = (bytes: number) => (bytes < 1e6 ? `${(bytes / 1e3).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(1)} MB`)
