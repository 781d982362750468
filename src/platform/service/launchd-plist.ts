import { recordLine, type ServiceWish, stopSeconds } from './service-wish.ts'
import { xmlText } from './xml.ts'

/** The name of the job, also of its file. */
export const jobLabel = 'local.hearth'

/** What a property list is made from besides the wish. */
export interface PlistFacts {
  /** Absolute path of the file that takes both outputs. */
  readonly logFile: string
  /** Whom a daemon of the whole machine runs as. Absent: an agent of the user who loads it. */
  readonly userName?: string
}

/** A value of a property list. */
type Plist = string | number | boolean | readonly string[] | { readonly [key: string]: Plist }

/** The job for launchd (launchd.plist(5)). Pure. */
export function launchdPlist(wish: ServiceWish, { logFile, userName }: PlistFacts): string {
  const job: Plist = {
    Label: jobLabel,
    ...(userName !== undefined && { UserName: userName }),
    ProgramArguments: [...wish.command, 'serve', ...wish.args],
    ...(Object.keys(wish.variables).length > 0 && { EnvironmentVariables: wish.variables }),
    RunAtLoad: true,
    KeepAlive: { SuccessfulExit: false },
    ThrottleInterval: 10,
    ExitTimeOut: stopSeconds(wish),
    // Others are held back in favour of what stands in front on the screen: less processor time, and slower disks.
    ProcessType: 'Interactive',
    SoftResourceLimits: { NumberOfFiles: 10_240 },
    Umask: 0o077,
    StandardOutPath: logFile,
    StandardErrorPath: logFile,
  }
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">',
    '<!-- Written by `hearth service install`, which replaces it. -->',
    `<!-- ${recordLine(wish)} -->`,
    '<plist version="1.0">',
    render(job, ''),
    '</plist>',
    '',
  ].join('\n')
}

/** A property list as it may be shown: the values of its variables can be secrets. Other definitions stay as they are. Pure. */
export const withoutSecrets = (definition: string): string =>
  definition.replace(/<key>EnvironmentVariables<\/key>\s*<dict>[\s\S]*?<\/dict>/, (variables) =>
    variables.replace(/<string>[^<]*<\/string>/g, '<string>(not shown)</string>'),
  )

function render(value: Plist, indent: string): string {
  if (typeof value === 'boolean') return `${indent}<${value}/>`
  if (typeof value === 'number') return `${indent}<integer>${value}</integer>`
  if (typeof value === 'string') return `${indent}<string>${xmlText(value)}</string>`
  const inner = `${indent}  `
  if (Array.isArray(value))
    return [`${indent}<array>`, ...value.map((item) => render(item, inner)), `${indent}</array>`].join('\n')
  const pairs = Object.entries(value).flatMap(([key, item]) => [
    `${inner}<key>${xmlText(key)}</key>`,
    render(item, inner),
  ])
  return [`${indent}<dict>`, ...pairs, `${indent}</dict>`].join('\n')
}
