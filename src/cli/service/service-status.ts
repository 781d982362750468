import type { ServiceManager } from '../../platform/service/service-manager.ts'
import type { ServiceState } from '../../platform/service/service-state.ts'
import { readRecord } from '../../platform/service/service-wish.ts'
import type { CommandContext } from '../command.ts'
import { placesOf } from './read-service-wish.ts'
import type { ServiceMachine } from './service-machine.ts'

/** As systemctl and the LSB have them. */
const exitCodes = { running: 0, notRunning: 3, notInstalled: 4 } as const

interface StatusRequest {
  readonly context: CommandContext
  readonly machine: ServiceMachine
  readonly manager: ServiceManager
}

/** Says how the service is. Resolves with 0 when it runs, 3 when it does not, 4 when there is none. */
export async function tellServiceStatus(request: StatusRequest): Promise<number> {
  const { context, manager } = request
  const facts = await gatherStatus(request)
  const { textTable } = await import('../text-table.ts')
  if (context.flags.json === 'true') context.write(`${JSON.stringify(facts, undefined, 2)}\n`)
  else if (!facts.is_installed)
    context.write(`No service is installed (${manager.definition}). hearth service install\n`)
  else context.write(textTable(rowsOf(facts)))
  if (!facts.is_installed) return exitCodes.notInstalled
  return facts.state === 'running' ? exitCodes.running : exitCodes.notRunning
}

interface StatusFacts {
  readonly manager: string
  readonly scope: ServiceManager['scope']
  readonly definition: string
  readonly is_installed: boolean
  readonly installed_by?: string | null
  readonly is_enabled?: boolean | null
  readonly state?: ServiceState['state']
  readonly pid?: number | null
  readonly since?: string | null
  readonly restarts?: number | null
  readonly last_end?: string | null
  readonly url?: string | null
  /** The version of the server that answers at the address; null: none does. */
  readonly answers?: string | null
}

async function gatherStatus({ context, machine, manager }: StatusRequest): Promise<StatusFacts> {
  const { name, scope, definition } = manager
  const base = { manager: name, scope, definition }
  if (machine.world.look(definition) === undefined) return { ...base, is_installed: false }
  const record = readRecord(machine.world.read(definition) ?? '')
  const { environment } = context
  const url = record && placesOf(record, { environment, machine, manager }).url
  const told = await manager.state()
  const answers = url === undefined ? undefined : await machine.ask(url)
  return {
    ...base,
    is_installed: true,
    installed_by: record?.version ?? null,
    is_enabled: told.isEnabled ?? null,
    state: told.state,
    pid: told.pid ?? null,
    since: told.since?.toISOString() ?? null,
    restarts: told.restarts ?? null,
    last_end: told.lastEnd ?? null,
    url: url ?? null,
    answers: answers ?? null,
  }
}

function rowsOf(facts: StatusFacts): string[][] {
  const { state, pid, since, restarts, last_end: lastEnd, url, answers } = facts
  const details = [
    since && `since ${since.replace('T', ' ').replace(/\.\d+Z$/, ' UTC')}`,
    pid && `pid ${pid}`,
    restarts && `started anew ${restarts === 1 ? 'once' : `${restarts} times`}`,
    lastEnd && `ended with ${lastEnd}`,
  ].filter(Boolean)
  return [
    ['service:', facts.manager],
    ['definition:', facts.definition],
    ['written by:', facts.installed_by ? `hearth ${facts.installed_by}` : 'somebody else'],
    ['starts by itself:', facts.is_enabled === null ? 'unknown' : facts.is_enabled ? 'yes' : 'no'],
    ['state:', [state, ...details].join(', ')],
    ['answers:', url ? (answers ? `${url} (version ${answers})` : `no, not at ${url}`) : 'its address is not known'],
  ]
}
