import { withoutSecrets } from './launchd-plist.ts'

/** One thing that is done to the machine. A plan is a list of them; nothing is done that does not stand in it. */
export type ServiceStep =
  | {
      readonly type: 'write-file'
      readonly path: string
      readonly text: string
      /** As for chmod. */
      readonly mode: number
      /** What the tool wants that reads it. Default: UTF-8. */
      readonly encoding?: 'utf16'
    }
  | { readonly type: 'remove-file'; readonly path: string }
  | {
      readonly type: 'run'
      readonly command: readonly [string, ...string[]]
      /** What the step is for, where that cannot be told from the command. */
      readonly why?: string
      /** Whether the plan goes on where it fails. */
      readonly mayFail?: true
    }

/** A plan as a person reads it: commands as they would be typed, files as they would stand there, but for secrets. */
export const showSteps = (steps: readonly ServiceStep[]): string =>
  steps
    .map((step) => `${headOf(step)}\n${step.type === 'write-file' ? indent(withoutSecrets(step.text)) : ''}`)
    .join('')

function headOf(step: ServiceStep): string {
  if (step.type === 'run') return `run     ${shellLine(step.command)}${step.why ? `   # ${step.why}` : ''}`
  if (step.type === 'remove-file') return `remove  ${step.path}`
  return `write   ${step.path} (mode ${step.mode.toString(8).padStart(4, '0')})`
}

const indent = (text: string) => text.replace(/^(?=.)/gm, '    ')

/** A command as it can be pasted into a shell. */
export const shellLine = (command: readonly string[]): string =>
  command.map((word) => (/^[\w@%+=:,./\\-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`)).join(' ')
