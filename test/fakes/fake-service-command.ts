import process from 'node:process'
import type { CommandContext } from '../../src/cli/command.ts'
import { runService, serviceCommand } from '../../src/cli/commands/service.ts'
import { explainError } from '../../src/cli/explain-error.ts'
import { optionFlags } from '../../src/cli/option-flags.ts'
import { parseArguments } from '../../src/cli/parse-arguments.ts'
import type { ServiceMachine } from '../../src/cli/service/service-machine.ts'
import { makeEnvironment } from '../../src/config/environment.ts'
import type { FakeServiceWorld } from './fake-service-world.ts'

export const userUnit = '/home/ada/.config/systemd/user/hearth.service'
export const systemUnit = '/etc/systemd/system/hearth.service'
export const booted = { '/run/systemd/system': { kind: 'folder', mode: 0o755 } } as const
export const program = Object.fromEntries(
  ['/usr', '/usr/local', '/usr/local/bin', '/usr/local/bin/hearth'].map((path) => [
    path,
    { kind: 'folder', mode: 0o755 } as const,
  ]),
)
export const root = { userId: 0, userName: 'root', home: '/root' }

/** Nothing is there, on no machine: a configuration of the machine that the test runs on is none of its business. */
export const emptyFolder = '/nowhere/hearth'

interface Trial {
  readonly world: FakeServiceWorld
  readonly machine?: Partial<ServiceMachine>
  readonly variables?: Readonly<Record<string, string>>
}

/** The command on a made-up machine; servers answer where a unit was started. */
export async function service(words: readonly string[], { world, machine: parts = {}, variables = {} }: Trial) {
  let [output, errors] = ['', '']
  const known = [...serviceCommand.flags, ...optionFlags([])]
  const parsed = parseArguments(words, { known, command: serviceCommand })
  const isStarted = () => world.ran.some((line) => /^systemctl .*(re)?start hearth/.test(line))
  const machine: ServiceMachine = {
    world,
    program: { command: ['/usr/local/bin/hearth'], isExecutable: true, folder: emptyFolder },
    ask: async () => (isStarted() ? '0.1.0' : undefined),
    pause: async () => {},
    patience: 3,
    show: async (command) => {
      world.ran.push(command.join(' '))
      return 0
    },
    ...parts,
  }
  const { platform, home } = world
  const context: CommandContext = {
    ...parsed,
    environment: makeEnvironment({ variables, platform, home, currentFolder: '/projects' }),
    streams: { input: process.stdin, output: process.stdout, errors: process.stderr },
    write: (text) => {
      output += text
    },
    writeError: (text) => {
      errors += text
    },
  }
  const code = await runService(context, machine).catch((error) => {
    errors += explainError(error)
    return 1
  })
  return { code, output, errors }
}

export const textOf = (world: FakeServiceWorld, path: string) => world.read(path) ?? ''
export const execStart = (world: FakeServiceWorld, path = userUnit) =>
  /^ExecStart=(.*)$/m.exec(textOf(world, path))?.[1]
