import type { ServiceManager } from '../../platform/service/service-manager.ts'
import { readRecord } from '../../platform/service/service-wish.ts'
import { showSteps } from '../../platform/service/step.ts'
import { serviceUser } from '../../platform/service/systemd-unit.ts'
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
  context.write(
    [
      'The service is gone. What it worked with stays:',
      ...(places ? [`  data     ${places.dataFolder}`, `  models   ${places.modelsFolder}`] : []),
      ...(file !== '' && machine.world.look(file) ? [`  secrets  ${file}`] : []),
      ...(machine.world.look(`${manager.definition}.d`) ? [`  settings ${manager.definition}.d`] : []),
      ...(manager.dataFolder === undefined
        ? []
        : [`  user     ${serviceUser}, who owns them (userdel ${serviceUser} removes it)`]),
      '',
    ].join('\n'),
  )
  return 0
}
