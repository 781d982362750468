import { version } from '../../config/version.ts'
import type { Command, CommandContext } from '../command.ts'
import type { Check } from '../doctor/check.ts'
import { reportProblems } from '../report-problems.ts'

/** Looks over the set-up of this machine. */
export const doctorCommand: Command = {
  name: 'doctor',
  group: 'The program',
  summary: 'Say what is wrong with this machine’s set-up, and what to do',
  usage: '[OPTIONS]',
  details:
    'Looks at the native libraries, the processor and GPUs, memory, disks, the configuration, the models and the port that serve would use with the same flags. It changes nothing. The exit code is 1 where there is a problem; warnings are none.',
  examples: [
    { line: 'hearth doctor', does: 'look at everything on this machine' },
    { line: 'hearth doctor --online', does: 'see whether models can be fetched, too' },
  ],
  flags: [
    { name: 'online', summary: 'Ask the hub that models are fetched from, too.' },
    { name: 'json', summary: 'Print the checks as JSON.' },
  ],
  takesOptions: true,
  async run(context: CommandContext) {
    const [{ readConfig }, { gatherFacts }, { runChecks }, { interruptible }] = await Promise.all([
      import('../read-config.ts'),
      import('../doctor/gather.ts'),
      import('../doctor/checks.ts'),
      import('../interruptible.ts'),
    ])
    if (reportProblems(context.problems, context)) return 2
    const { json, online, ...flags } = context.flags
    const read = readConfig({ ...context, flags })
    return await interruptible(async (signal) => {
      const facts = await gatherFacts({ read, environment: context.environment, isOnline: online === 'true', signal })
      const checks = runChecks(facts, version)
      const worst = worstOf(checks)
      const text =
        json === 'true' ? JSON.stringify({ status: worst, checks }, undefined, 2) : await report(checks, context)
      context.write(`${text}\n`)
      return worst === 'problem' ? 1 : 0
    })
  },
}

const worstOf = (checks: readonly Check[]): Check['status'] =>
  (['problem', 'warning'] as const).find((status) => checks.some((check) => check.status === status)) ?? 'ok'

async function report(checks: readonly Check[], context: CommandContext): Promise<string> {
  const { harmless, stylesFor } = await import('../styles.ts')
  const { bold, dim } = stylesFor(context, 'output')
  const column = Math.max(...checks.map(({ id }) => id.length)) + 2
  const lines = checks.flatMap(({ id, status, message, remedy }) => {
    const mark = status === 'ok' ? dim('ok     ') : bold(status.padEnd(7))
    const rest = remedy ? [`${' '.repeat(9 + column)}→ ${harmless(remedy)}\n`] : []
    return [`${mark}  ${id.padEnd(column)}${harmless(message)}\n`, ...rest]
  })
  return `${lines.join('')}\n${summary(checks)}`
}

function summary(checks: readonly Check[]): string {
  const count = (status: Check['status']) => checks.filter((check) => check.status === status).length
  const [problems, warnings] = [count('problem'), count('warning')]
  if (problems + warnings === 0) return 'Everything is as it should be.'
  const say = (number: number, word: string) => (number === 0 ? [] : [`${number} ${word}${number === 1 ? '' : 's'}`])
  return `${[...say(problems, 'problem'), ...say(warnings, 'warning')].join(', ')}.`
}
