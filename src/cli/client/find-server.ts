import type { CommandContext } from '../command.ts'
import { CommandError } from '../command-error.ts'
import { createClient, type HearthClient } from './hearth-client.ts'
import { hearthVersion } from './hearth-version.ts'
import type { ServerAddress } from './server-address.ts'
import { ServerRefusal } from './server-refusal.ts'
import { trustOf } from './trust-of.ts'

/** A server that answers, and what it says of itself. */
export interface FoundServer {
  readonly client: HearthClient
  readonly version: string
}

interface Search {
  readonly address: ServerAddress
  readonly environment: CommandContext['environment']
  readonly signal: AbortSignal
  /** Longest wait for the first answer. Default: 3 s. */
  readonly patienceMilliseconds?: number
}

const usualPatience = 3000

/**
 * The running server at that address; nothing where none is. Rejects with a `CommandError` where somebody named the
 * address and no Hearth answers there.
 */
export async function findServer(search: Search): Promise<FoundServer | undefined> {
  const { address, environment, signal, patienceMilliseconds = usualPatience } = search
  if (address.url === undefined) return undefined
  const { url, certificate } = address
  const trust = certificate === undefined ? undefined : await trustOf(certificate)
  const client = createClient({ url, apiKey: environment.server.apiKey, trust })
  try {
    const version = await askVersion(client, AbortSignal.any([signal, AbortSignal.timeout(patienceMilliseconds)]))
    if (version !== undefined) return { client, version }
  } catch (error) {
    signal.throwIfAborted()
    if (!address.isNamed) return undefined
    // A refusal with a code is a Hearth's own; the page of another program has none.
    if (error instanceof ServerRefusal && error.code !== undefined) throw error
    if (!(error instanceof ServerRefusal)) throw error instanceof CommandError ? error : silence(address.url)
  }
  if (address.isNamed)
    throw new CommandError(`What answers at ${address.url} is no Hearth.`, 'Say with --url where a Hearth is.')
  return undefined
}

/** The running server; rejects with a `CommandError` where none is. */
export async function requireServer(search: Search): Promise<FoundServer> {
  const found = await findServer(search)
  if (found) return found
  const { url } = search.address
  throw new CommandError(
    url
      ? `No Hearth is running at ${url}.`
      : 'The configuration takes any free port, so nobody knows where a server is.',
    'Start one with `hearth serve`, or say with --url where it is.',
  )
}

const askVersion = async (client: HearthClient, signal: AbortSignal): Promise<string | undefined> =>
  hearthVersion(await client.json<unknown>({ path: '/health', signal }))

const silence = (url: string) =>
  new CommandError(`${url} does not answer.`, 'Is the server stopped or overloaded? Look at its log, then try again.')
