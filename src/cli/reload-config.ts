import type { ConfigReloadReply, ConfigStandingReply } from '../protocol/management/config.wire.ts'
import type { CommandContext } from './command.ts'
import { harmless } from './styles.ts'
import { type ServerWork, withServer } from './with-server.ts'

/** Has a running server read its configuration now. Ends with 2 where the server cannot use what it finds there. */
export const reloadConfig = (context: CommandContext): Promise<number> =>
  withServer({ context, ownFlags: ['json'], without: 'refuse' }, async ({ client, context: own, signal }) => {
    const reply = await client.json<ConfigReloadReply>({ method: 'POST', path: '/v1/config/reload', signal })
    if (own.flags.json === 'true') own.write(`${JSON.stringify(reply, undefined, 2)}\n`)
    else own.write(reloadText(reply))
    return reply.state === 'kept' ? 2 : 0
  })

/** What came of it, for people. */
export function reloadText(reply: ConfigReloadReply): string {
  const { file, changed, awaits_restart: waiting } = reply
  const lines = [
    ...(file === undefined ? ['This server follows no file.'] : problemLines(reply)),
    ...changed.map(({ key, change }) => `${key}: ${change}`),
    ...waiting.map(({ key, change }) => `${key}: ${change} (takes effect when the server is started anew)`),
  ]
  return lines.length > 0 ? lines.map((line) => `${harmless(line)}\n`).join('') : 'Nothing has changed.\n'
}

/** Why what stands in the file is not in force; nothing where it is. */
export function problemLines({ state, file, problems }: ConfigStandingReply): readonly string[] {
  if (state === 'current') return []
  return [
    `The configuration stays as it was, since ${file} cannot be used:`,
    ...problems.map(({ key, line, column, message }) => {
      const place = line === undefined ? '' : `${line}:${column ?? 1}: `
      return `  ${place}${key === undefined ? '' : `${key}: `}${message}`
    }),
  ]
}

/** What whoever looks after a running server has to know of its file; nothing where all is well, or where nobody may know. */
export async function configNotice({ client, signal }: Pick<ServerWork, 'client' | 'signal'>): Promise<string> {
  try {
    return noticeText(await client.json<ConfigStandingReply>({ path: '/v1/config', signal }))
  } catch {
    return ''
  }
}

function noticeText(standing: ConfigStandingReply): string {
  const waiting = standing.awaits_restart.map(({ key, change }) => `${key} (${change})`)
  const lines = [
    ...problemLines(standing),
    ...(waiting.length > 0
      ? [`The server has to be started anew for these to take effect: ${waiting.join(', ')}`]
      : []),
  ]
  return lines.map((line) => `${harmless(line)}\n`).join('')
}
