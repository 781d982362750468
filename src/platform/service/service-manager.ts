import type { ServiceState } from './service-state.ts'
import type { ServiceScope, ServiceWish } from './service-wish.ts'
import type { ServiceStep } from './step.ts'

/** Why something cannot be done on this machine, and what to do. */
export interface Obstacle {
  readonly message: string
  readonly hint: string
}

/** What starts services on a system. It plans; whoever asked carries out. */
export interface ServiceManager {
  readonly scope: ServiceScope
  /** `systemd, for the whole machine`. */
  readonly name: string
  /** Absolute path of the file that says what runs. */
  readonly definition: string
  /** Absolute path of the folder with models and data that the service has, where that is not the user's own. */
  readonly dataFolder?: string
  /** What lets a user's service run without a login; absent where there is no such thing. */
  readonly linger?: ServiceStep
  /** Absolute path of the file with variables that it reads when nobody names another. */
  readonly environmentFile: string
  /** Why nothing can be installed, removed, started or stopped here; nothing where it can. */
  obstacle(): Promise<Obstacle | undefined>
  /** What is wrong with a wish, each as one sentence with what to do. */
  judge(wish: ServiceWish): readonly string[]
  /** `isUpdate`: its definition lies there already; it is started anew. */
  install(wish: ServiceWish, options: { readonly isUpdate: boolean }): readonly ServiceStep[]
  uninstall(): readonly ServiceStep[]
  act(action: 'start' | 'stop' | 'restart'): readonly ServiceStep[]
  state(): Promise<ServiceState>
  /** The command that shows what the service has written last; `since` is heeded where the system can. */
  logs(how: { readonly lines: number; readonly follow: boolean; readonly since?: Date }): readonly [string, ...string[]]
  /** What stays of it on the machine besides data, models and secrets: what that is, and where or how to end it. */
  remains(): readonly (readonly [name: string, text: string])[]
  /** What one should know of the installed service, a sentence each. */
  remarks(wish: ServiceWish): readonly string[]
}
