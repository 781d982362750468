/** Reads a file of the system; empty where there is none. */
export type ReadFile = (path: string) => string

/** What the control groups of this process allow it, on Linux; infinite where they set no limit. */
export interface ControlGroupLimits {
  readonly cores: number
  /** Bytes of memory that the groups still have to give; what they hold of files can be taken back, and counts as free. */
  readonly freeBytes: number
  /** Bytes of memory that the tightest group may have in all. */
  readonly limitBytes: number
}

/**
 * The tightest limit on the way from this process's own group up to the root, in version 2 and in version 1 of control
 * groups (docs.kernel.org/admin-guide/cgroup-v2.html). Inside of a container the own group is often the root.
 */
export function controlGroupLimits(read: ReadFile): ControlGroupLimits {
  const groups = read('/proc/self/cgroup').split('\n').map(parseGroup)
  const unified = foldersOf('/sys/fs/cgroup', groups.find(({ controllers }) => controllers.length === 0)?.path)
  const legacy = (controller: string) =>
    foldersOf(`/sys/fs/cgroup/${controller}`, groups.find(({ controllers }) => controllers.includes(controller))?.path)
  return {
    cores: Math.min(
      ...unified.map((folder) => ratio(read(`${folder}/cpu.max`).split(' '))),
      ...legacy('cpu').map((folder) =>
        ratio([read(`${folder}/cpu.cfs_quota_us`), read(`${folder}/cpu.cfs_period_us`)]),
      ),
    ),
    freeBytes: Math.min(
      ...unified.map((folder) =>
        free(read, folder, ['memory.max', 'memory.current', ['inactive_file', 'active_file']]),
      ),
      ...legacy('memory').map((folder) =>
        free(read, folder, [
          'memory.limit_in_bytes',
          'memory.usage_in_bytes',
          ['total_inactive_file', 'total_active_file'],
        ]),
      ),
    ),
    limitBytes: Math.min(
      ...unified.map((folder) => positive(read(`${folder}/memory.max`))),
      ...legacy('memory').map((folder) => positive(read(`${folder}/memory.limit_in_bytes`))),
    ),
  }
}

/** A line of /proc/self/cgroup: `0::/path` in version 2, `4:cpu,cpuacct:/path` in version 1. */
function parseGroup(line: string): { controllers: readonly string[]; path: string } {
  const [, controllers = '', path = ''] = /^\d+:([^:]*):(.*)$/.exec(line) ?? []
  return { controllers: controllers.split(',').filter(Boolean), path }
}

/** The folder of a group and those of all groups around it, up to the root. */
function foldersOf(root: string, path = '/'): readonly string[] {
  const parts = path.split('/').filter((part) => part && part !== '..')
  return [root, ...parts.map((_, index) => `${root}/${parts.slice(0, index + 1).join('/')}`)]
}

/** Processor time by wall-clock time: how many cores. `max`, -1 and nothing at all are no limit. */
function ratio([quota, period]: readonly (string | undefined)[]): number {
  const [time, span] = [Number.parseInt(quota ?? '', 10), Number.parseInt(period ?? '', 10)]
  return time > 0 && span > 0 ? time / span : Number.POSITIVE_INFINITY
}

/** `max`, -1 and nothing at all are no limit. */
function positive(text: string): number {
  const bytes = Number.parseInt(text, 10)
  return bytes > 0 ? bytes : Number.POSITIVE_INFINITY
}

type MemoryFiles = readonly [limit: string, usage: string, files: readonly string[]]

function free(read: ReadFile, folder: string, [limit, usage, files]: MemoryFiles): number {
  const [most, used] = [
    Number.parseInt(read(`${folder}/${limit}`), 10),
    Number.parseInt(read(`${folder}/${usage}`), 10),
  ]
  if (!(most > 0) || Number.isNaN(used)) return Number.POSITIVE_INFINITY
  const statistics = read(`${folder}/memory.stat`)
  const bytesOf = (name: string) => Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(statistics)?.[1] ?? '0')
  // Pages in use, too, as in the machine's own figure: what models have mapped of their files is counted with them.
  return Math.max(0, most - used + files.reduce((sum, name) => sum + bytesOf(name), 0))
}
