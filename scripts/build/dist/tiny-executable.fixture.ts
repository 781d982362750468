import { createHash } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { zstdCompressSync } from 'node:zlib'
import {
  type BundledFile,
  billName,
  licencesName,
  renderContents,
  startBytes,
} from '../../../src/platform/bundle/contents.ts'
import type { Target } from '../targets.ts'
import { sealExecutable } from './seal-executable.ts'

/** Writes something that has the headers, the papers and the seal of an executable for Linux or Windows, and runs nowhere. */
export async function writeTinyExecutable(
  path: string,
  target: Target,
  { version, releasesUrl }: { readonly version: string; readonly releasesUrl?: string },
): Promise<void> {
  const papers = [
    describe(licencesName, `Licences of ${target.name}, of the version ${version}, and of this very build.`),
    describe(billName, `{ "bomFormat": "CycloneDX", "target": "${target.name}", "version": "${version}" }`),
  ]
  const list = renderContents({
    version,
    target: target.name,
    machine: target.machine,
    device: target.device,
    runtime: 'none@1.0.0',
    nativeVersion: '1.2.3',
    nativeHash: 'abc',
    ...(releasesUrl && { releasesUrl }),
    files: papers.map(({ file }) => file),
  })
  writeFileSync(path, Buffer.concat([headOf(target), list, ...papers.map(({ frame }) => frame)]), { mode: 0o755 })
  await sealExecutable(path)
}

function headOf({ machine }: Target): Buffer {
  const head = Buffer.alloc(512)
  const isArm = machine.endsWith('arm64')
  if (machine.startsWith('win32-')) {
    head.write('MZ', 'latin1')
    head.writeUInt32LE(64, 60)
    head.write('PE\0\0', 64, 'latin1')
    head.writeUInt16LE(isArm ? 0xaa64 : 0x8664, 68)
    head.writeUInt16LE(0x20b, 88)
    return head
  }
  head.write('\x7fELF\x02\x01\x01', 'latin1')
  head.writeUInt16LE(isArm ? 183 : 62, 18)
  return head
}

function describe(name: string, text: string): { readonly frame: Buffer; readonly file: BundledFile } {
  const content = Buffer.from(text)
  const frame = zstdCompressSync(content)
  const sums = (each: Buffer) => ({ bytes: each.byteLength, sha256: createHash('sha256').update(each).digest('hex') })
  const compressed = { ...sums(frame), start: frame.toString('hex', 0, startBytes) }
  return { frame, file: { name, part: 'papers', ...sums(content), compressed } }
}
