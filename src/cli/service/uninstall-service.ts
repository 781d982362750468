import type { ServiceManager } from '../../platform/service/service-manager.ts'
import { readRecord } from '../../platform/service/service-wish.ts'
import { showSteps } from '../../platform/service/step.ts'
import type { CommandContext } from '../command.ts'
import { CommandError } from '../command-error.ts'
import { doSteps, ownDefinition } from './install-service.ts'
import { placesOf } from './read-service-wish.ts'
import type { ServiceMachine } from './service-machine.ts'

interface Removal {
  readonly context: CommandContext
  readonly machine: ServiceMachine
  readonly manager: ServiceManager
}

/** Stops the service and takes away what installing it has put there; models and data stay. Resolves with the exit code. */
export async function uninstallService(removal: Removal): Promise<number> {
  const { context, machine, manager } = removal
  const text = ownDefinition(removal)
  if (text === undefined) {
    context.write(`No service is installed (${manager.definition}); nothing was changed.\n`)
    return 0
  }
  if (context.flags['dry-run'] === 'true') {
    context.write(showSteps(manager.uninstall()))
    return 0
  }
  const obstacle = await manager.obstacle()
  if (obstacle) throw new CommandError(obstacle.message, obstacle.hint)
  const record = readRecord(text)
  const places = record && placesOf(record, { environment: context.environment, machine, manager })
  await doSteps(manager.uninstall(), removal)
  const file = record?.environmentFile ?? ''
  const stays = [
    ...(places ? [['data', places.dataFolder] as const, ['models', places.modelsFolder] as const] : []),
    ...(file !== '' && machine.world.look(file) ? [['secrets', file] as const] : []),
    ...manager.remains(),
  ].map(([name, text]) => `  ${name.padEnd(8)} ${text}\n`)
  context.write(`The service is gone.${stays.length > 0 ? ' What it worked with stays:' : ''}\n${stays.join('')}`)
  return 0
}
