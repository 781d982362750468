import { hostname } from 'node:os'
import { isForOthers, type KnownAddress } from './compose-addresses.ts'
import { followKeysFile } from './compose-keys-file.ts'
import type { Config } from './config/config.ts'
import type { Environment } from './config/environment.ts'
import { messageOf } from './core/errors.ts'
import type { Live } from './core/live.ts'
import type { HostNames } from './http/hooks/host-header.ts'
import type { RequestStatistics } from './http/limits/charged-statistics.ts'
import type { DefaultLimits } from './http/limits/key-account.ts'
import { createKeyAccounts, type KeyAccounts } from './http/limits/key-accounts.ts'
import type { Log } from './observe/log.ts'
import type { ApiKeyStore } from './store/api-keys.ts'
import { createApiKeyStore } from './store/create-api-key-store.ts'
import { createKeyRing, type KeyRing } from './store/key-ring.ts'
import { createUsageLedger } from './store/usage-ledger.ts'

/** What keeps API keys: the file of the kept responses. */
export const composeApiKeyStore = ({ store_path: path }: Pick<Config, 'store_path'>): ApiKeyStore =>
  createApiKeyStore({ path, now: () => Date.now() })

interface DoorInput {
  readonly config: Config
  /** Where the server listens. */
  readonly addresses: readonly KnownAddress[]
  /** What it is at any time: whether a key is asked for may change. */
  readonly live: Live<Pick<Config, 'require_key' | 'allowed_api_keys_file'>>
  readonly environment: Environment
  readonly log: Log
  readonly statistics: RequestStatistics
  readonly limits: Live<DefaultLimits>
}

/** Who may come in, and how much of it they may use. */
export function composeDoor(input: DoorInput): { readonly keys: KeyRing; readonly accounts: KeyAccounts } {
  const { log, statistics, limits, environment } = input
  const { areOwn } = environment.allowedApiKeys
  const store = composeApiKeyStore(input.config)
  const now = () => Date.now()
  const onProblem = (problem: unknown) => log.warn(`what keys use is not written: ${messageOf(problem)}`)
  const accounts = createKeyAccounts({
    store,
    ledger: createUsageLedger({ store: areOwn ? unwritten : store, now, onProblem }),
    statistics,
    defaults: () => (areOwn ? noLimits : limits.current),
    now,
    clock: () => performance.now(),
  })
  return { keys: composeKeys(input, store), accounts }
}

const unwritten = { addUsage: () => {}, usage: () => [] }
const noLimits: DefaultLimits = { requestsPerMinute: 0, tokensPerMinute: 0 }

function composeKeys(
  {
    config,
    addresses,
    live,
    environment,
    log,
  }: Pick<DoorInput, 'config' | 'addresses' | 'live' | 'environment' | 'log'>,
  store: ApiKeyStore,
): KeyRing {
  const isOpen = isForOthers(addresses)
  const file = followKeysFile({ live, besides: environment.allowedApiKeys.keys, log })
  const ring = createKeyRing({
    store,
    get given() {
      return file.keys
    },
    get hasFileOfGiven() {
      return live.current.allowed_api_keys_file !== undefined
    },
    get isRequired() {
      return live.current.require_key
    },
    isForOthers: isOpen,
    // Neither the end of the last key nor a change of the configuration opens a server that would not have started so.
    neverOpens: isOpen && !config.insecure,
    now: () => Date.now(),
  })
  const watch = warnWhenOpened(ring, live, log)
  return {
    isAsked: () => ring.isAsked(),
    find: (secret) => ring.find(secret),
    get problem() {
      return ring.problem
    },
    [Symbol.dispose]() {
      watch[Symbol.dispose]()
      file[Symbol.dispose]()
      ring[Symbol.dispose]()
    },
  }
}

/** A change of the configuration may be meant to open the server, or a slip that does. */
function warnWhenOpened(keys: KeyRing, live: DoorInput['live'], log: Log): Disposable {
  let wasAsked = isAskedNow(keys)
  return live.onChange(() => {
    const isAsked = isAskedNow(keys)
    if (wasAsked && !isAsked) log.warn('since the configuration has changed, no API key is asked for any more')
    wasAsked = isAsked
  })
}

/** Whether a key is asked for; nobody comes in where it cannot be known. */
export function isAskedNow(keys: KeyRing): boolean {
  try {
    return keys.isAsked()
  } catch {
    return true
  }
}

/** Answers whether a key is asked for, and says it where anybody may come in from elsewhere, and where nobody may. */
export function noteDoor(
  keys: KeyRing,
  { urls, isForOthers: isOpen, log }: { urls: readonly string[]; isForOthers: boolean; log: Log },
): boolean {
  try {
    if (keys.isAsked()) return true
    const { problem } = keys
    if (problem)
      log.warn(`no key is asked for: nothing in the file looks like one, and ${withSmallLetter(problem.message)}`)
    if (isOpen) log.warn(`anybody who reaches ${urls.join(', ')} may use this server: it asks for no key`)
    return false
  } catch (error) {
    log.warn(`no request is answered that needs a key: ${messageOf(error)}`)
    return true
  }
}

/** The names that a server answers to: any where it listens for others, unless it is told some. */
export function allowedHosts(
  { allowed_hosts: more = [] }: Pick<Config, 'allowed_hosts'>,
  addresses: readonly KnownAddress[],
): HostNames {
  const names = (typeof more === 'string' ? [more] : more)
    .flatMap((name) => name.split(','))
    .map((name) => name.trim().toLowerCase())
    .filter((name) => name !== '')
  if (names.includes('*') || (names.length === 0 && isForOthers(addresses))) return 'any'
  const own = hostname().toLowerCase()
  const hosts = addresses.flatMap(({ address }) => (address.type === 'tcp' ? [address.host.toLowerCase()] : []))
  return [...new Set([own, `${own}.local`, ...hosts, ...names])]
}

const withSmallLetter = (text: string) => text.charAt(0).toLowerCase() + text.slice(1)
