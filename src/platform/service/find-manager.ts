import { launchd } from './launchd.ts'
import type { ServiceManager } from './service-manager.ts'
import type { ServiceScope } from './service-wish.ts'
import type { ServiceWorld } from './service-world.ts'
import { systemd } from './systemd.ts'
import { taskScheduler } from './task-scheduler.ts'

/** What looks after services on this system; nothing where it has none that Hearth knows. */
export function findManager(world: ServiceWorld, scope: ServiceScope): ServiceManager | undefined {
  const make = { linux: systemd, darwin: launchd, win32: taskScheduler }[world.platform]
  return make?.(world, scope)
}
