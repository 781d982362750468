import { execFileSync, type StdioOptions, spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import process from 'node:process'
import { cacheFolder } from '../project-folder.ts'

/** Buildah and Podman over a storage of their own, so that nothing of the user's is touched. */
export interface ImageStorage extends Disposable {
  /** Runs one of them to its end, its output on this terminal. Throws when it fails. */
  show(program: 'buildah' | 'podman', parameters: readonly string[]): void
  /** Runs podman and answers its standard output, trimmed, and its exit code. */
  podman(...parameters: readonly string[]): { readonly code: number; readonly output: string }
}

/** Opens the storage in `.cache/images`. Where there is neither program, the error says what to install. */
export function openImageStorage(): ImageStorage {
  const folder = join(cacheFolder, 'images')
  mkdirSync(folder, { recursive: true })
  const configuration = join(folder, 'storage.conf')
  const lines = ['[storage]', 'driver = "overlay"', `runroot = "${folder}/run"`, `graphroot = "${folder}/storage"`]
  writeFileSync(configuration, `${lines.join('\n')}\n`)
  // Podman's usual limits may be higher than what whoever runs this may set.
  const limits = join(folder, 'containers.conf')
  writeFileSync(limits, '[containers]\ndefault_ulimits = []\n')
  const env = { ...process.env, CONTAINERS_STORAGE_CONF: configuration, CONTAINERS_CONF: limits }
  const run = (program: string, parameters: readonly string[], stdio: StdioOptions) =>
    execFileSync(program, parameters, { env, stdio, encoding: 'utf8' })
  return {
    show: (program, parameters) => void run(program, parameters, ['ignore', 'inherit', 'inherit']),
    podman: (...parameters) => {
      try {
        const output = run('podman', ['--runtime', 'runc', ...parameters], ['ignore', 'pipe', 'pipe'])
        return { code: 0, output: output.trim() }
      } catch (error) {
        const { status, stdout, stderr, code } = error as {
          status?: number
          stdout?: string
          stderr?: string
          code?: string
        }
        if (code === 'ENOENT') throw new Error('podman and buildah are needed: apt install podman buildah runc')
        return { code: status ?? -1, output: `${stdout ?? ''}${stderr ?? ''}`.trim() }
      }
    },
    // The overlay driver leaves its folder mounted upon itself.
    [Symbol.dispose]: () => void spawnSync('umount', [join(folder, 'storage', 'overlay')], { stdio: 'ignore' }),
  }
}

export const baseImages = {
  debian: 'docker.io/library/debian:12-slim',
  node: 'docker.io/library/node:20-bookworm-slim',
}

/**
 * Makes sure that the base images of the Dockerfile are there: pulled, or where no registry can be reached made of Debian's packages
 * (debootstrap, minbase) under the same names, the one of Node with the Node that runs this.
 */
export function ensureBaseImages(storage: ImageStorage): void {
  const missing = Object.values(baseImages).filter((name) => storage.podman('image', 'exists', name).code !== 0)
  if (missing.length === 0) return
  if (missing.every((name) => storage.podman('pull', '--quiet', name).code === 0)) return
  const folder = mkdtempSync(join(tmpdir(), 'hearth-base-'))
  try {
    console.log('No registry can be reached: the base images are made by debootstrap.')
    const root = join(folder, 'root')
    const packages = '--include=ca-certificates'
    execFileSync('debootstrap', ['--variant=minbase', packages, 'bookworm', root], {
      stdio: ['ignore', 'ignore', 'inherit'],
    })
    const certificates = '/etc/ssl/certs/ca-certificates.crt'
    // A network that looks into connections has an authority of its own; Node brings its own list, too.
    if (existsSync(certificates)) cpSync(certificates, join(root, certificates))
    importImage(storage, { root, folder, name: baseImages.debian, changes: [] })
    addNode(root)
    importImage(storage, { root, folder, name: baseImages.node, changes: [`ENV NODE_EXTRA_CA_CERTS=${certificates}`] })
  } finally {
    rmSync(folder, { recursive: true })
  }
}

interface ImageParts {
  readonly root: string
  readonly folder: string
  readonly name: string
  readonly changes: readonly string[]
}

function importImage(storage: ImageStorage, { root, folder, name, changes }: ImageParts): void {
  const archive = join(folder, 'root.tar')
  execFileSync('tar', ['-C', root, '-cf', archive, '.'])
  storage.show('podman', ['import', '--quiet', ...changes.flatMap((change) => ['--change', change]), archive, name])
  rmSync(archive)
}

/** Node links with the C library alone, and npm is JavaScript. */
function addNode(root: string): void {
  const program = realpathSync(execFileSync('which', ['node'], { encoding: 'utf8' }).trim())
  const npm = realpathSync(execFileSync('which', ['npm'], { encoding: 'utf8' }).trim())
  cpSync(program, join(root, 'usr/bin/node'))
  cpSync(dirname(dirname(npm)), join(root, 'usr/lib/node_modules/npm'), { recursive: true })
  symlinkSync('../lib/node_modules/npm/bin/npm-cli.js', join(root, 'usr/bin/npm'))
}
