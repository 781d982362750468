import { recordLine, type ServiceScope, type ServiceWish } from './service-wish.ts'
import { xmlText } from './xml.ts'

/** The name of the task. */
export const taskName = 'Hearth'

/** What a task is made from besides the wish. */
export interface TaskFacts {
  readonly scope: ServiceScope
  /** `DOMAIN\name` of the user that it runs as. */
  readonly userName: string
  /** Absolute path of the file that takes both outputs. */
  readonly logFile: string
}

/**
 * The task for Windows' Task Scheduler, to be stored in UTF-16. The trigger comes again every minute, and does nothing while
 * the server runs: `RestartOnFailure` alone counts a program that ends with an error as one that is done. Pure.
 */
export function windowsTask(wish: ServiceWish, { scope, userName, logFile }: TaskFacts): string {
  const isAtLogon = scope === 'user'
  const trigger = isAtLogon ? 'LogonTrigger' : 'BootTrigger'
  // Without a logon there is no window; with one, conhost keeps the console out of sight.
  const [program, prefix] = isAtLogon ? ['conhost.exe', '--headless cmd.exe '] : ['cmd.exe', '']
  const user = `<UserId>${xmlText(userName)}</UserId>`
  return [
    '<?xml version="1.0" encoding="UTF-16"?>',
    '<Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">',
    '  <RegistrationInfo>',
    '    <Description>Hearth, a server for language models. Written by hearth service install, which replaces it.</Description>',
    `    <Documentation>${xmlText(recordLine(wish))}</Documentation>`,
    '  </RegistrationInfo>',
    '  <Triggers>',
    `    <${trigger}>`,
    '      <Repetition><Interval>PT1M</Interval><StopAtDurationEnd>false</StopAtDurationEnd></Repetition>',
    '      <Enabled>true</Enabled>',
    ...(isAtLogon ? [`      ${user}`] : []),
    `    </${trigger}>`,
    '  </Triggers>',
    '  <Principals>',
    '    <Principal id="Author">',
    `      ${user}`,
    `      <LogonType>${isAtLogon ? 'InteractiveToken' : 'S4U'}</LogonType>`,
    '      <RunLevel>LeastPrivilege</RunLevel>',
    '    </Principal>',
    '  </Principals>',
    ...settings,
    '  <Actions Context="Author">',
    '    <Exec>',
    `      <Command>${program}</Command>`,
    `      <Arguments>${xmlText(`${prefix}${redirected(wish, logFile)}`)}</Arguments>`,
    '    </Exec>',
    '  </Actions>',
    '</Task>',
    '',
  ].join('\r\n')
}

const settings = [
  '  <Settings>',
  '    <MultipleInstancesPolicy>IgnoreNew</MultipleInstancesPolicy>',
  '    <DisallowStartIfOnBatteries>false</DisallowStartIfOnBatteries>',
  '    <StopIfGoingOnBatteries>false</StopIfGoingOnBatteries>',
  '    <StartWhenAvailable>true</StartWhenAvailable>',
  '    <IdleSettings><StopOnIdleEnd>false</StopOnIdleEnd><RestartOnIdle>false</RestartOnIdle></IdleSettings>',
  '    <ExecutionTimeLimit>PT0S</ExecutionTimeLimit>',
  // Tasks have less of the processor and of the disk than others otherwise.
  '    <Priority>5</Priority>',
  '    <RestartOnFailure><Interval>PT1M</Interval><Count>255</Count></RestartOnFailure>',
  '  </Settings>',
]

/**
 * `/s` takes off the first and the last quote, and leaves the rest as it stands; `/v:off`, because the registry can make
 * something else of exclamation marks.
 */
const redirected = (wish: ServiceWish, logFile: string) =>
  `/d /v:off /s /c "${[...wish.command, 'serve', ...wish.args].map(commandWord).join(' ')} >> ${commandWord(logFile)} 2>&1"`

/** Within quotes cmd.exe takes everything as it stands but quotes, percent signs and ends of lines: see `isBeyondCmd`. */
const commandWord = (word: string) => `"${word.replace(/\\+$/, '$&$&')}"`

/** What no command line of cmd.exe can hold as it stands. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: neither it nor XML can hold these.
export const isBeyondCmd = (text: string): boolean => /["%\u0000-\u001f\ufffe\uffff]/.test(text)
