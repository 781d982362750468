import type { FileFacts, ServiceWorld, ToolAnswer } from '../../src/platform/service/service-world.ts'

/** A file of the made-up machine: its text, or what else lies there. */
type FakeFile = string | (FileFacts & { readonly text?: string })

export interface FakeServiceWorld extends ServiceWorld {
  /** Every command that was run, in order, as one line. */
  readonly ran: string[]
  /** What lies where, as it is now. */
  readonly files: Map<string, FakeFile>
  /** What a command says whose line begins so; all others say nothing, and succeed. */
  readonly answers: Map<string, Partial<ToolAnswer>>
}

/** A machine that is made up: files in memory, and tools that say what they are told to say. */
export function fakeServiceWorld(
  facts: Partial<ServiceWorld> & { readonly files?: Readonly<Record<string, FakeFile>> } = {},
): FakeServiceWorld {
  const { files: given = {}, ...rest } = facts
  const files = new Map<string, FakeFile>(Object.entries(given))
  const ran: string[] = []
  const answers = new Map<string, Partial<ToolAnswer>>()
  return {
    platform: 'linux',
    userId: 1000,
    userName: 'ada',
    home: '/home/ada',
    variables: {},
    files,
    ran,
    answers,
    run: async (command) => {
      const line = command.join(' ')
      ran.push(line)
      const found = [...answers].find(([start]) => line.startsWith(start))?.[1]
      return { code: 0, output: '', errors: '', ...found }
    },
    read: (path) => {
      const file = files.get(path)
      return typeof file === 'string' ? file : file?.text
    },
    look: (path) => {
      const file = files.get(path)
      if (file === undefined) return undefined
      if (typeof file === 'string') return { kind: 'file', mode: 0o644 }
      const { text: _, ...facts } = file
      return facts
    },
    real: (path) => path,
    write: (path, text, { mode }) => void files.set(path, { kind: 'file', mode, text }),
    remove: (path) => void files.delete(path),
    ...rest,
  }
}

/** What `systemctl show` says of a unit that runs. */
export const runningUnit =
  'LoadState=loaded\nUnitFileState=enabled\nActiveState=active\nResult=success\nMainPID=441\nNRestarts=0\nExecMainStartTimestamp=Sat 2026-11-21 23:19:42 UTC\nExecMainCode=0\nExecMainStatus=0\n'
