import { open } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { createZstdDecompress } from 'node:zlib'
import { Version } from '@cyclonedx/cyclonedx-library/Spec'
import { JsonStrictValidator } from '@cyclonedx/cyclonedx-library/Validation'
import { version } from '../../src/config/version.ts'
import { checkBundle } from '../../src/platform/bundle/check-bundle.ts'
import type { CheckedFile } from '../../src/platform/bundle/check-files.ts'
import { billName, licencesName } from '../../src/platform/bundle/contents.ts'
import { headerOf } from '../../src/platform/bundle/executable-format.ts'
import { readBundledFile } from '../../src/platform/bundle/read-bundled-file.ts'
import type { Target } from '../build/targets.ts'

/** What was found in an executable. */
export interface Proof {
  /** One line for people. */
  readonly facts: string
  readonly problems: readonly string[]
}

/**
 * Reads an executable without running it: format, processor, every byte, the libraries that its target has to have, the headers of
 * each of these, and the bill of materials against CycloneDX's schema.
 */
export async function proveExecutable(path: string, target: Target): Promise<Proof> {
  const check = await checkBundle(path)
  const { bytes, format, contents, files, checkedBy } = check
  const machines = await machinesOf(path, files)
  const problems = [
    ...check.problems,
    ...(format?.machine === target.machine ? [] : [`it is for ${format?.machine}, not for ${target.machine}`]),
    ...(contents?.target === target.name ? [] : [`it says that it is ${contents?.target}`]),
    ...(contents?.version === version ? [] : [`it is of version ${contents?.version}`]),
    ...(checkedBy === (target.machine.startsWith('darwin-') ? 'signature' : 'seal') ? [] : ['it is not sealed']),
    ...missingFiles(target, files),
    ...[...machines].flatMap(([name, machine]) => (machine === target.machine ? [] : [`${name} is for ${machine}`])),
    ...(await billProblems(path, files)),
  ]
  const facts = `${(bytes / 1e6).toFixed(1).padStart(6)} MB  ${format?.name} ${format?.machine}${format?.needs ? ` (${format.needs})` : ''}, ${checkedBy ?? 'nothing'} is right; native ${contents?.nativeVersion}, ${machines.size} libraries for ${[...new Set(machines.values())].join(', ')}`
  return { facts, problems }
}

/** Kinds of files that a target has to have, by their names. */
function missingFiles({ device, machine, native }: Target, files: readonly CheckedFile[]): readonly string[] {
  const isLinux = machine.startsWith('linux-')
  const wanted: readonly (readonly [string, RegExp])[] = [
    ['the addon', /^llama-addon\.node$/],
    ['llama.cpp', /^(lib)?llama\./],
    ['a library for processors', /^(lib)?ggml-cpu/],
    ...(device === 'cpu' ? [] : [[`the library for ${device}`, new RegExp(`^(lib)?ggml-${device}\\.`)] as const]),
    ...(native.length > 1 ? [['the one for older drivers', /^fallback\/(lib)?ggml-cuda\./] as const] : []),
    ...(isLinux ? [['the C++ runtime', /^c\+\+-runtime\/libstdc\+\+\.so\.6$/] as const] : []),
    ['the licences', new RegExp(`^${licencesName}$`)],
    ['the bill of materials', new RegExp(`^${billName}$`)],
  ]
  return wanted.flatMap(([what, name]) => (files.some((file) => name.test(file.name)) ? [] : [`${what} is not in it`]))
}

/** What machine each library is for, by its own headers. */
async function machinesOf(path: string, files: readonly CheckedFile[]): Promise<ReadonlyMap<string, string>> {
  const machines = new Map<string, string>()
  for (const file of files) {
    if (file.part === 'papers' || file.at === undefined) continue
    machines.set(file.name, headerOf(await headOf(path, file))?.machine ?? 'no machine')
  }
  return machines
}

const headBytes = 64 * 1024

async function headOf(path: string, { at, compressed }: CheckedFile): Promise<Buffer> {
  const file = await open(path)
  try {
    const frame = Buffer.alloc(Math.min(compressed.bytes, 1024 * 1024))
    await file.read(frame, 0, frame.byteLength, at)
    const unpacked = Readable.from([frame]).pipe(createZstdDecompress())
    const parts: Buffer[] = []
    let bytes = 0
    // The frame is cut, so nothing is read to its end.
    for await (const part of unpacked) {
      parts.push(part as Buffer)
      bytes += (part as Buffer).byteLength
      if (bytes >= headBytes) break
    }
    return Buffer.concat(parts)
  } finally {
    await file.close()
  }
}

async function billProblems(path: string, files: readonly CheckedFile[]): Promise<readonly string[]> {
  const bill = files.find(({ name }) => name === billName)
  if (bill?.at === undefined) return []
  const text = (await readBundledFile(path, bill)).toString()
  const wrong = await new JsonStrictValidator(Version.v1dot6).validate(text)
  return wrong === null ? [] : ['the bill of materials is not CycloneDX 1.6']
}
