import { realpath } from 'node:fs/promises'
import type { Config } from '../../config/config.ts'
import type { SystemInfoReply } from '../../protocol/management/system-info.wire.ts'
import type { CommandContext } from '../command.ts'
import { CommandError } from '../command-error.ts'
import { findServer } from './find-server.ts'
import type { HearthClient } from './hearth-client.ts'
import { serverAddress } from './server-address.ts'

interface Search {
  readonly context: CommandContext
  readonly config: Config
  readonly signal: AbortSignal
}

/**
 * The running server that was named; or the one at the configured address, where it has the models folder that this
 * configuration has. Rejects with a `CommandError` for a named one that does not answer.
 */
export async function findServerOf({ context, config, signal }: Search): Promise<HearthClient | undefined> {
  const address = serverAddress(context, config)
  if ('problem' in address) throw new CommandError(`${address.problem.path}: ${address.problem.message}.`, '')
  const found = await findServer({ address, environment: context.environment, signal })
  if (!found || address.isNamed) return found?.client
  return (await hasFolder(found.client, { folder: config.models_dir, signal })) ? found.client : undefined
}

/** A server that will not say where its models are is taken for one with another folder. */
async function hasFolder(
  client: HearthClient,
  { folder, signal }: { folder: string; signal: AbortSignal },
): Promise<boolean> {
  try {
    const info = await client.json<SystemInfoReply>({ path: '/v1/system/info?verbose=true', signal })
    const path = info.storage.find(({ purpose }) => purpose === 'models')?.path
    return path !== undefined && (await real(path)) === (await real(folder))
  } catch {
    signal.throwIfAborted()
    return false
  }
}

const real = (path: string) => realpath(path).catch(() => path)
