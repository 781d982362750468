import { refuseOpenServer } from '../../compose-open-door.ts'
import { composeSystem } from '../../compose-system.ts'
import type { Environment } from '../../config/environment.ts'
import { type ListenOptions, listenAddresses } from '../../config/listen-addresses.ts'
import { problemLine } from '../../config/problem.ts'
import { ServerError } from '../../core/errors.ts'
import { fileUsers } from '../../platform/file-users.ts'
import { addressText } from '../../platform/listen-address.ts'
import { readTextOrEmpty } from '../../platform/read-text.ts'
import type { ReadConfig } from '../read-config.ts'
import type { DoctorFacts, PortState } from './facts.ts'
import { gatherFolder, gatherNativePlace } from './gather-folders.ts'
import { gatherHub } from './gather-hub.ts'
import { gatherModels } from './gather-models.ts'
import { gatherOthers, gatherPort } from './gather-port.ts'

export interface Examination {
  readonly read: ReadConfig
  readonly environment: Environment
  /** Whether the hub may be asked. */
  readonly isOnline: boolean
  readonly signal: AbortSignal
}

/** Of the first address that speaks HTTP; sockets and HTTPS are left to the server, which says what is wrong with them. */
async function portState(config: ListenOptions): Promise<PortState> {
  const addresses = listenAddresses(config)
  const plain = addresses.find((address) => address.type === 'tcp' && !address.isSecure)
  if (plain?.type === 'tcp') return gatherPort(plain)
  const detail = `It listens on ${addresses.map(addressText).join(', ')}, which was not tried.`
  return { host: config.host, port: 0, state: 'free', detail }
}

/** Finds everything out that the checks look at; takes some seconds on a machine with a GPU. Changes nothing. */
export async function gatherFacts({ read, environment, isOnline, signal }: Examination): Promise<DoctorFacts> {
  const { config, file, problems } = read
  const [system, models, otherFolders, data, found, port, otherServers, hub] = await Promise.all([
    gatherSystem({ config, environment, signal }),
    gatherFolder(config.models_dir),
    Promise.all((config.model_dirs ?? []).map(gatherFolder)),
    gatherFolder(environment.dataFolder),
    gatherModels({ config, environment }),
    portState(config),
    gatherOthers(config),
    isOnline ? gatherHub(environment, signal) : undefined,
  ])
  const users = fileUsers(config.store_path)
  const openFiles = openFilesLimit(readTextOrEmpty('/proc/self/limits'))
  return {
    system,
    native: gatherNativePlace(environment),
    config: { ...(file && { file }), problems: problems.map(problemLine) },
    models,
    otherFolders,
    data,
    ...found,
    isAutoPull: config.auto_pull,
    port,
    ...gatherDoor({ config, environment }),
    otherServers,
    ...(users && { databaseUsers: users }),
    ...(openFiles !== undefined && { openFiles }),
    now: Date.now(),
    ...(hub && { hub }),
  }
}

/** What systemd hands over is known to the server alone. */
function gatherDoor(parts: Parameters<typeof refuseOpenServer>[0]): Pick<DoctorFacts, 'openDoor'> {
  try {
    refuseOpenServer(parts)
    return {}
  } catch (error) {
    return error instanceof ServerError ? { openDoor: { message: error.message, hint: error.hint } } : {}
  }
}

/** With the answer of the native libraries, however long that takes. */
async function gatherSystem(parts: Parameters<typeof composeSystem>[0]): Promise<DoctorFacts['system']> {
  const system = composeSystem(parts)
  await system.supportedArchitectures()
  return await system.info()
}

/** `Max open files            1024                 524288               files`; what is not limited counts as much. */
export function openFilesLimit(limits: string): number | undefined {
  const [, soft] = /^Max open files\s+(\S+)/m.exec(limits) ?? []
  if (soft === undefined) return undefined
  return soft === 'unlimited' ? Number.POSITIVE_INFINITY : Number(soft)
}
