import { homedir, tmpdir, userInfo } from 'node:os'
import { posix, win32 } from 'node:path'
import process from 'node:process'
import { type AllowedKeys, readAllowedKeys } from './allowed-keys.ts'
import { exceptLoopback } from './loopback-proxy.ts'

/** What the program may know of the world that it was started in. Read once, and handed to whoever needs it. */
export interface Environment {
  /** Every variable as it was at the start. May hold secrets: never logged, never shown. */
  readonly variables: Readonly<Record<string, string>>
  /** `linux`, `darwin`, `win32` … */
  readonly platform: string
  /** Absolute path of the user's folder. */
  readonly home: string
  /** Absolute path of the folder in which the program was started. */
  readonly currentFolder: string
  /** Absolute path of the folder for everything that must last: HEARTH_HOME, or the system's usual place. */
  readonly dataFolder: string
  /** HEARTH_NATIVE_DIR as an absolute path: where native libraries are unpacked or looked for. */
  readonly nativeFolder?: string
  /** HEARTH_CUDA_DIR as an absolute path: where NVIDIA's runtime libraries are looked for first. */
  readonly cudaFolder?: string
  readonly huggingFace: {
    /** HF_ENDPOINT without a slash at its end, or https://huggingface.co. */
    readonly endpoint: string
    /** HF_TOKEN. */
    readonly token?: string
  }
  /** The running server that commands use: HEARTH_URL, and the key that they show it, HEARTH_API_KEY. */
  readonly server: { readonly url?: string; readonly apiKey?: string }
  /** URLs of HTTP_PROXY and HTTPS_PROXY (ALL_PROXY stands in for both), and NO_PROXY; small letters go first. */
  readonly proxy: { readonly http?: string; readonly https?: string; readonly except?: string }
  /** ALLOWED_API_KEYS: keys that the server takes besides those that `hearth keys` made. Secrets. */
  readonly allowedApiKeys: AllowedKeys
  /** Variables of OpenTelemetry, whose names begin with OTEL_. Secrets may be among them. */
  readonly openTelemetry: Readonly<Record<string, string>>
  /** PATH. */
  readonly searchPath: string
  /** NO_COLOR is set and not empty (no-color.org), or TERM is `dumb`. */
  readonly isColorUnwanted: boolean
}

/** Names that begin with HEARTH_ and are no options. */
export const otherVariables = [
  'HEARTH_HOME',
  'HEARTH_CONFIG',
  'HEARTH_NATIVE_DIR',
  'HEARTH_CUDA_DIR',
  'HEARTH_TEST_MODELS',
  'HEARTH_TEST_OUTPUT',
  'HEARTH_URL',
  'HEARTH_API_KEY',
] as const

/** What `makeEnvironment` works from. */
export interface EnvironmentFacts {
  readonly variables: Readonly<Record<string, string | undefined>>
  readonly platform: string
  readonly home: string
  readonly currentFolder: string
}

/** Reads this process, and keeps what it asks of its own machine from proxies. The only place in the program that does. */
export function readEnvironment(): Environment {
  const environment = makeEnvironment({
    variables: process.env,
    platform: process.platform,
    home: homeFolder(),
    currentFolder: process.cwd(),
  })
  exceptLoopback(process.env)
  return environment
}

/** Works out the environment from facts alone. */
export function makeEnvironment({ variables: all, platform, home, currentFolder }: EnvironmentFacts): Environment {
  const variables = Object.fromEntries(
    Object.entries(all).filter((pair): pair is [string, string] => pair[1] !== undefined),
  )
  /** An empty variable is an unset one. */
  const read = (...names: string[]) => names.map((name) => variables[name]).find((value) => value)
  const [url, apiKey] = [read('HEARTH_URL'), read('HEARTH_API_KEY')]
  const [dataHome, native, cuda] = [read('HEARTH_HOME'), read('HEARTH_NATIVE_DIR'), read('HEARTH_CUDA_DIR')]
  const token = read('HF_TOKEN')
  const absolute = pathReader({ platform, home, currentFolder })
  return Object.freeze({
    variables: Object.freeze(variables),
    platform,
    home,
    currentFolder,
    dataFolder: dataHome ? absolute(dataHome) : usualDataFolder({ platform, home, read }),
    ...(native && { nativeFolder: absolute(native) }),
    ...(cuda && { cudaFolder: absolute(cuda) }),
    huggingFace: {
      endpoint: (read('HF_ENDPOINT') ?? 'https://huggingface.co').replace(/\/+$/, ''),
      ...(token && { token }),
    },
    server: { ...(url && { url }), ...(apiKey && { apiKey }) },
    allowedApiKeys: readAllowedKeys(read('ALLOWED_API_KEYS') ?? ''),
    proxy: proxyOf(read),
    openTelemetry: Object.freeze(
      Object.fromEntries(Object.entries(variables).filter(([name]) => name.startsWith('OTEL_'))),
    ),
    searchPath: read('PATH', 'Path') ?? '',
    isColorUnwanted: read('NO_COLOR') !== undefined || read('TERM') === 'dumb',
  })
}

/** The rules of paths on a platform. */
export const pathsOf = (platform: string): typeof posix => (platform === 'win32' ? win32 : posix)

/** Makes paths absolute. Shells know what `~/` means; unit files, compose files and .env files do not. */
function pathReader({ platform, home, currentFolder }: Omit<EnvironmentFacts, 'variables'>) {
  const { resolve } = pathsOf(platform)
  return (path: string): string =>
    resolve(
      currentFolder,
      path.replace(/^~(?=$|[/\\])/, () => home),
    )
}

type Read = (...names: string[]) => string | undefined

function usualDataFolder({ platform, home, read }: { platform: string; home: string; read: Read }): string {
  const { join, isAbsolute } = pathsOf(platform)
  if (platform === 'win32') return join(read('LOCALAPPDATA') ?? join(home, 'AppData', 'Local'), 'hearth')
  if (platform === 'darwin') return join(home, 'Library', 'Application Support', 'hearth')
  const data = read('XDG_DATA_HOME')
  // The XDG base directory specification: a relative path is invalid and to be ignored.
  return join(data && isAbsolute(data) ? data : join(home, '.local', 'share'), 'hearth')
}

function proxyOf(read: Read): Environment['proxy'] {
  const either = (name: string) => read(name.toLowerCase(), name)
  const [http, https] = [either('HTTP_PROXY') ?? either('ALL_PROXY'), either('HTTPS_PROXY') ?? either('ALL_PROXY')]
  const except = either('NO_PROXY')
  return { ...(http && { http }), ...(https && { https }), ...(except && { except }) }
}

/** Without HOME the system's list of users knows the folder; a user that is in no list has none, as in some containers. */
function homeFolder(): string {
  if (homedir()) return homedir()
  try {
    return userInfo().homedir || tmpdir()
  } catch {
    return tmpdir()
  }
}
