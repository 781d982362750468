import { randomBytes } from 'node:crypto'
import type { Config } from '../../config/config.ts'
import type { Log } from '../../observe/log.ts'
import type { CommandContext } from '../command.ts'
import { createClient, type HearthClient } from './hearth-client.ts'

/** The parts of a server in this process, for as long as a command needs them. */
export interface OwnServer extends AsyncDisposable {
  readonly client: HearthClient
}

const silent: Log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }

/**
 * Starts them on a free port of this machine. Nothing is loaded before it is asked for. They answer to a key that is made
 * for this one time: others on this machine can reach the port, and nothing behind it. Absent `log`: nobody reads one.
 */
export async function startOwnServer(
  config: Config,
  environment: CommandContext['environment'],
  log = silent,
): Promise<OwnServer> {
  const { startServer } = await import('../../compose.ts')
  const apiKey = randomBytes(32).toString('hex')
  // Where others reach a server of this configuration is not where this one is.
  const { listen: _, tls_cert: __, tls_key: ___, base_path: ____, allowed_api_keys_file: _____, ...rest } = config
  const server = await startServer({
    config: { ...rest, host: '127.0.0.1', port: 0, preload: false, shutdown_seconds: 1, require_key: 'always' },
    environment: { ...environment, allowedApiKeys: { keys: [apiKey], areOwn: true } },
    log,
  })
  return {
    client: createClient({ url: server.url, apiKey }),
    async [Symbol.asyncDispose]() {
      server.stop('the command is done')
      await server.stopped
    },
  }
}
