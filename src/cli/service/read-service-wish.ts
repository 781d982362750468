import { refuseOpenDoor } from '../../compose-open-door.ts'
import type { Config } from '../../config/config.ts'
import { type Environment, makeEnvironment, pathsOf } from '../../config/environment.ts'
import { listenAddresses } from '../../config/listen-addresses.ts'
import { optionKeys, optionRow } from '../../config/options.ts'
import type { ConfigProblem } from '../../config/problem.ts'
import { version } from '../../config/version.ts'
import { type EnvironmentFile, readEnvironmentFile } from '../../platform/service/environment-file.ts'
import type { ServiceManager } from '../../platform/service/service-manager.ts'
import type { ServiceRecord, ServiceWish } from '../../platform/service/service-wish.ts'
import { shellLine } from '../../platform/service/step.ts'
import { serverAddress } from '../client/server-address.ts'
import type { CommandContext } from '../command.ts'
import { errorFacts } from '../error-facts.ts'
import { readConfig } from '../read-config.ts'
import { readServeWords } from './serve-words.ts'
import type { ServiceMachine } from './service-machine.ts'

interface WishRequest {
  readonly context: CommandContext
  readonly machine: ServiceMachine
  readonly manager: ServiceManager
}

/** What is to be installed, or all that is wrong with it: the configuration is judged as the service would read it. */
export function readServiceWish({ context, machine, manager }: WishRequest): {
  readonly wish: ServiceWish
  /** Absolute paths of the files that the service reads at its start only; they need not be there. */
  readonly files: readonly string[]
  readonly problems: readonly ConfigProblem[]
} {
  const { environment, flags, operands } = context
  const file = readVariables({ context, machine, manager })
  const config = flags.config === undefined ? [] : [`--config=${flags.config}`]
  const words = readServeWords([...config, ...operands.slice(1)], environment)
  const twice = flags.config !== undefined && operands.some((word) => /^--config(=|$)/.test(word))
  const doubt = [
    ...(twice ? [{ path: '--config', message: 'it stands before -- and behind it; say it once' }] : []),
    ...(flags.linger === 'true' && manager.linger === undefined
      ? [{ path: '--linger', message: `${manager.name} knows nothing of it; leave it out` }]
      : []),
  ]
  const own = serviceEnvironment({ environment, manager, variables: file.variables })
  const read = readConfig({ ...words, environment: own, beside: machine.program.folder })
  const wish: ServiceWish = {
    version,
    command: machine.program.command,
    args: words.args,
    ...urlOf(read.config, own),
    port: lowestPort(read.config),
    shutdownSeconds: read.config.shutdown_seconds,
    environmentFile: file.path,
    variables: file.variables,
    paths: outsideOf(manager.dataFolder ?? own.dataFolder, read.config, {
      file: read.file,
      environment: own,
      real: machine.world.real,
    }),
  }
  const open = openToOthers(read.config, own)
  const judged = manager.judge(wish).map((message) => ({ path: '', message }))
  const secret = manager.scope === 'system' ? unreadable(read.file, machine) : []
  return {
    wish,
    files: [read.file ?? '', file.path].filter(Boolean),
    problems: [...context.problems, ...doubt, ...file.problems, ...read.problems, ...secret, ...open, ...judged],
  }
}

/** Others could use the service without a key: it would end at once. What systemd hands over is known once it is there. */
function openToOthers(config: Config, environment: Environment): readonly ConfigProblem[] {
  const addresses = listenAddresses(config).filter((address) => address.type !== 'systemd')
  try {
    refuseOpenDoor(
      { config, environment },
      addresses.map((address) => ({ address })),
    )
    return []
  } catch (error) {
    const { message, hint } = errorFacts(error)
    return [{ path: config.listen ? 'listen' : 'host', message: `${message} ${hint}` }]
  }
}

/** Where an installed service answers, and what it keeps its files in, as its configuration says now. */
export function placesOf(
  record: ServiceRecord,
  { environment, machine, manager }: Omit<WishRequest, 'context'> & { readonly environment: Environment },
): { readonly url?: string; readonly dataFolder: string; readonly modelsFolder: string } {
  const { world } = machine
  const secrets = record.environmentFile || manager.environmentFile
  const text = world.read(secrets)
  const isClosed = text === undefined && world.look(secrets) !== undefined
  const { variables } = readEnvironmentFile(text ?? '')
  const own = serviceEnvironment({ environment, manager, variables })
  const { flags } = readServeWords(record.args, environment)
  const { config, problems } = readConfig({ flags, environment: own, problems: [], beside: machine.program.folder })
  // Who may not read all of it goes by what was so when it was installed.
  const isKnown = problems.length === 0 && !isClosed
  const url = isKnown ? urlOf(config, own) : record.url === undefined ? {} : { url: record.url }
  return { ...url, dataFolder: own.dataFolder, modelsFolder: config.models_dir }
}

/** What the service needs most rights for; 0 where it is no port, or any. */
function lowestPort(config: Config): number {
  const ports = listenAddresses(config).flatMap((address) =>
    address.type === 'tcp' && address.port > 0 ? [address.port] : [],
  )
  return ports.length === 0 ? 0 : Math.min(...ports)
}

const urlOf = (config: Config, environment: Environment): { readonly url?: string } => {
  const address = serverAddress({ flags: {}, environment: { ...environment, server: {} } }, config)
  return 'problem' in address || address.url === undefined ? {} : { url: address.url }
}

/** What the service will see of the world: nothing of what happens to be set here. */
function serviceEnvironment({
  environment,
  manager,
  variables,
}: {
  readonly environment: Environment
  readonly manager: ServiceManager
  readonly variables: EnvironmentFile['variables']
}): Environment {
  const home = manager.dataFolder ?? environment.home
  // Windows gives every program the settings of its account; there is nothing else to go by.
  const kept = environment.platform === 'win32' ? environment.variables : {}
  const fixed = manager.dataFolder === undefined ? {} : { HEARTH_HOME: manager.dataFolder }
  return makeEnvironment({
    variables: { ...kept, ...fixed, ...variables },
    platform: environment.platform,
    home,
    currentFolder: home,
  })
}

/** Secrets stand in that file, so it is for its owner alone. */
function readVariables({ context, machine, manager }: WishRequest): EnvironmentFile & {
  readonly path: string
  readonly problems: readonly ConfigProblem[]
} {
  const named = context.flags['env-file']
  const { resolve } = pathsOf(context.environment.platform)
  const path = named === undefined ? manager.environmentFile : resolve(context.environment.currentFolder, named)
  const text = path === '' ? undefined : machine.world.read(path)
  const { variables, wrongLines } = readEnvironmentFile(text ?? '')
  const mode = path === '' ? 0 : (machine.world.look(path, 'follow')?.mode ?? 0)
  const messages = [
    ...(named !== undefined && text === undefined ? ['the file cannot be read; make it, with lines NAME=value'] : []),
    ...(text !== undefined && (mode & 0o077) !== 0 ? [`others may read its secrets: chmod 600 ${path}`] : []),
    ...wrongLines.map((line) => `line ${line} is not NAME=value, or its value needs quotes`),
  ]
  return { path, variables, wrongLines, problems: messages.map((message) => ({ path, message })) }
}

interface Naming {
  readonly file: string | undefined
  readonly environment: Environment
  readonly real: (path: string) => string
}

/** Everything that the configuration names outside of the data folder, and where links lead from there. */
function outsideOf(dataFolder: string, config: Config, { file, environment, real }: Naming): ServiceWish['paths'] {
  const { dirname, sep } = pathsOf(environment.platform)
  const isOutside = (path: string | undefined): path is string =>
    path !== undefined && path !== '' && path !== dataFolder && !path.startsWith(dataFolder + sep)
  const written = [
    config.models_dir,
    dirname(config.store_path),
    config.prompt_cache_folder,
    environment.nativeFolder,
  ].filter(isOutside)
  const known: readonly unknown[] = ['models_dir', 'store_path', 'prompt_cache_folder']
  const keys = optionKeys.filter((key) => optionRow(key).isPath && !known.includes(key))
  const read = [config, ...config.models].flatMap((group) => [
    ...keys.flatMap((key) => pathsIn((group as Readonly<Record<string, unknown>>)[key])),
    ...pathsIn((group as Readonly<Record<string, unknown>>).path),
  ])
  const withReal = (paths: readonly string[]) => [...new Set(paths.flatMap((path) => [path, real(path)]))]
  return {
    written: withReal(written),
    read: withReal([...read, file, environment.cudaFolder].filter(isOutside)),
  }
}

/** A path, a list of them, or groups that have one. */
function pathsIn(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value]
  if (Array.isArray(value)) return value.flatMap(pathsIn)
  return typeof value === 'object' && value !== null && 'path' in value ? pathsIn(value.path) : []
}

function unreadable(file: string | undefined, { world }: ServiceMachine): readonly ConfigProblem[] {
  if (file === undefined || world.platform !== 'linux') return []
  const mode = world.look(file, 'follow')?.mode ?? 0o777
  if ((mode & 0o044) !== 0) return []
  return [
    {
      path: file,
      message: `only its owner may read it, and the service runs as another user: ${shellLine(['chmod', '644', file])}`,
    },
  ]
}

const carried =
  /^(HEARTH_|HF_|OLLAMA_|ALLOWED_API_KEYS(_FILE)?$|CUDA_|GGML_|XDG_DATA_HOME$|LD_LIBRARY_PATH$|(https?|all|no)_proxy$)/i
const ofCommands = ['HEARTH_URL', 'HEARTH_API_KEY', 'HEARTH_TEST_MODELS']

/** Variables that change what Hearth does, are set here, and will not be there for the service. */
export const variablesLeftOut = (
  environment: Environment,
  variables: Readonly<Record<string, string>>,
): readonly string[] =>
  environment.platform === 'win32'
    ? []
    : Object.keys(environment.variables)
        .filter((name) => carried.test(name) && !ofCommands.includes(name) && variables[name] === undefined)
        .sort()
