import { posix } from 'node:path'
import type { ServiceWish } from './service-wish.ts'
import type { ServiceWorld } from './service-world.ts'
import { shellLine } from './step.ts'
import { isBeyondSystemd, isNoProgramPath } from './systemd-quote.ts'
import { isOfPeople, isTemporary } from './systemd-unit.ts'

export interface Judging {
  readonly world: ServiceWorld
  readonly isSystem: boolean
}

/** What would keep the service from starting, and would be hard to see there; each as a sentence with what to do. */
export function judgeForSystemd(wish: ServiceWish, { world, isSystem }: Judging): readonly string[] {
  const paths = [...wish.paths.written, ...wish.paths.read, wish.environmentFile]
  const broken: string[] = [...paths, ...wish.args]
    .filter(isBeyondSystemd)
    .map((text) => `${JSON.stringify(text)} has a control character in it, which a unit of systemd cannot hold`)
  // It takes the rest of its line as it stands: no quotes keep a blank, and the next line would be joined to it.
  if (/[\s\\]$/.test(wish.environmentFile))
    broken.push(`${JSON.stringify(wish.environmentFile)} ends with a blank or a backslash, which systemd takes off`)
  const [program] = wish.command
  if (isNoProgramPath(program))
    broken.push(`${program} has a quote or a backslash in it, which systemd takes for no program`)
  if (!isSystem) return broken
  const hidden = [...wish.paths.written, ...wish.paths.read]
    .filter(isTemporary)
    .map(
      (path) =>
        `${path} is not there for the service, which has a folder of its own for temporary files; put it elsewhere`,
    )
  // Root makes no folders where somebody else could put a link in the way.
  const missing = wish.paths.written
    .filter((path) => isOfPeople(path) && world.look(path, 'follow') === undefined)
    .map((path) => `${path} is not there; make it first`)
  return [
    ...broken,
    ...hidden,
    ...missing,
    ...unreachable(program, world),
    ...foreignSecrets(wish.environmentFile, world),
  ]
}

/** Variables can name libraries to load, and NVIDIA's tool is started with them as root. */
function foreignSecrets(path: string, world: ServiceWorld): readonly string[] {
  const owner = world.look(path, 'follow')?.owner ?? 0
  return owner === 0
    ? []
    : [
        `${path} belongs to the user ${owner}, who could change what the service is: ${shellLine(['chown', 'root', path])}`,
      ]
}

/** The user of the service is a stranger to the folders of people, and has folders for temporary files of its own. */
function unreachable(path: string, world: ServiceWorld): readonly string[] {
  const real = world.real(path)
  const place = '/usr/local/bin/hearth'
  const copy = shellLine(['install', '-m', '755', real, place])
  const remedy = `put the program where everybody may run it: ${copy} && ${place} service install`
  const out = [path, real].find((each) => isOfPeople(each) || isTemporary(each) || each.startsWith('/dev/shm/'))
  if (out !== undefined) return [`${out} is out of reach for a service of the whole machine; ${remedy}`]
  const modeOf = (place: string) => world.look(place, 'follow')?.mode ?? 0
  const around = [...new Set([...aroundOf(path), ...aroundOf(real)])]
  const closed = around.find((place) => (modeOf(place) & 0o001) === 0)
  if (closed !== undefined) return [`${closed} may not be entered or run by others (chmod o+x), so ${remedy}`]
  const open = around.find((place) => (modeOf(place) & 0o002) !== 0)
  return open === undefined
    ? []
    : [`everybody may change ${open} (chmod o-w), and what the service is with it; or ${remedy}`]
}

const aroundOf = (path: string): readonly string[] => (path === '/' ? [] : [...aroundOf(posix.dirname(path)), path])
