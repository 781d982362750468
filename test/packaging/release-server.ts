import { createHash } from 'node:crypto'
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ReleaseManifest } from '../../src/core/release-manifest.ts'
import { run } from '../run.ts'
import { findProgram } from './install-script.fixture.ts'

/** Releases on a free port of 127.0.0.1, laid out as `src/core/release-manifest.ts` says. */
export interface ReleaseServer extends AsyncDisposable {
  readonly url: string
  /** The folder that is served: `latest/download/…`, `download/v1.2.3/…`. */
  readonly folder: string
  /** Paths that were asked for, in order. */
  readonly asked: string[]
  /** The headers of the last request. */
  readonly lastHeaders: () => NodeJS.Dict<string | string[]>
  /** Answers a path in another way than with its file. */
  readonly answers: Map<string, (response: ServerResponse) => void>
}

export interface ReleaseOptions {
  readonly version: string
  readonly targets: readonly string[]
  /** What the executable of a target is. Absent: a script that knows the command `version`. */
  readonly executable?: (target: string) => string | Uint8Array
}

/** Serves what `addRelease` puts there. */
export async function startReleaseServer(): Promise<ReleaseServer> {
  const folder = mkdtempSync(join(tmpdir(), 'hearth-releases-'))
  const asked: string[] = []
  const answers: ReleaseServer['answers'] = new Map()
  let headers = {}
  const server: Server = createServer((request, response) => {
    const path = request.url ?? ''
    asked.push(path)
    headers = request.headers
    const answer = answers.get(path)
    if (answer) return answer(response)
    try {
      const body = readFileSync(join(folder, path))
      response.writeHead(200, { 'content-length': body.byteLength }).end(body)
    } catch {
      response.writeHead(404).end('nothing here')
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    folder,
    asked,
    lastHeaders: () => headers,
    answers,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      rmSync(folder, { recursive: true })
    },
  }
}

/** Makes a release and calls it the newest: plain executables, archives, sums and the manifest. */
export async function addRelease(folder: string, options: ReleaseOptions): Promise<ReleaseManifest> {
  const { version, targets } = options
  const place = join(folder, 'download', `v${version}`)
  mkdirSync(place, { recursive: true })
  const files = await Promise.all(targets.map((target) => addTarget(place, target, options)))
  const manifest: ReleaseManifest = { name: 'hearth', version, files }
  writeFileSync(join(place, 'release.json'), JSON.stringify(manifest))
  const sums = readdirSync(place).map((name) => `${sumOf(readFileSync(join(place, name)))}  ${name}\n`)
  writeFileSync(join(place, 'SHA256SUMS'), sums.join(''))
  const latest = join(folder, 'latest', 'download')
  mkdirSync(latest, { recursive: true })
  for (const name of ['SHA256SUMS', 'release.json']) writeFileSync(join(latest, name), readFileSync(join(place, name)))
  return manifest
}

async function addTarget(place: string, target: string, { version, executable = standIn(version) }: ReleaseOptions) {
  const [content, suffix] = [executable(target), target.startsWith('windows') ? '.exe' : '']
  writeFileSync(join(place, `hearth-${target}${suffix}`), content)
  const stem = `hearth-${version}-${target}`
  const inner = join(place, stem)
  mkdirSync(inner)
  writeFileSync(join(inner, `hearth${suffix}`), content)
  chmodSync(join(inner, `hearth${suffix}`), 0o755)
  writeFileSync(join(inner, 'LICENSE'), 'Apache-2.0')
  const archive = `${stem}${suffix ? '.zip' : '.tar.xz'}`
  // What is in an archive for Windows is of no interest here; one for others is opened where there is xz.
  if (suffix || !findProgram('xz')) writeFileSync(join(place, archive), content)
  else await run(['tar', '-C', place, '-cJf', join(place, archive), stem])
  rmSync(inner, { recursive: true })
  const bytes = readFileSync(join(place, archive))
  const plain = Buffer.from(content)
  return {
    target,
    archive,
    bytes: bytes.byteLength,
    sha256: sumOf(bytes),
    executable: { name: `hearth${suffix}`, bytes: plain.byteLength, sha256: sumOf(plain) },
  }
}

/** A program that says its version and what it is for. */
const standIn = (version: string) => (target: string) =>
  `#!/bin/sh\nif [ "$1" = version ]; then echo ${version}; else echo ${target}; fi\n`

export const sumOf = (content: Uint8Array): string => createHash('sha256').update(content).digest('hex')
