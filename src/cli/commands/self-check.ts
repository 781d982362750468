import { realpath } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { Command, CommandContext } from '../command.ts'
import type { SelfCheck } from '../self-check/self-check-report.ts'

/** Whether an executable is as it was built: this one, or any other without running it. */
export const selfCheckCommand: Command = {
  name: 'self-check',
  group: 'The program',
  summary: 'Say what is inside this executable, and whether it is as it was built',
  usage: '[FILE] [--list] [--json]',
  details:
    'Reads the executable and compares every byte with the checksums that were built into it: each native library, the licences, and the whole file (for macOS by its signature). What was unpacked from it is compared too. With FILE it looks at another executable of Hearth, for whatever system: it reads its format, and runs nothing of it. That tells damage; whether it comes from where you think it does, tell SHA256SUMS and who gave you that. The exit code is 1 where something is damaged.',
  examples: [
    { line: 'hearth self-check', does: 'look over this executable' },
    { line: 'hearth self-check --list dist/hearth-windows-x64.exe', does: 'what is in one for another system' },
  ],
  flags: [
    { name: 'list', summary: 'List the files inside, with sizes and checksums.' },
    { name: 'json', summary: 'Print everything as JSON.' },
  ],
  operands: [0, 1],
  completes: 'file',
  async run(context) {
    const [{ reportOf, asJson, problemsOf }, check] = await Promise.all([
      import('../self-check/self-check-report.ts'),
      checkFile(context),
    ])
    const isListed = context.flags.list === 'true'
    if (context.flags.json === 'true') context.write(`${JSON.stringify(asJson(check), undefined, 2)}\n`)
    else context.write(reportOf(check, { isListed }))
    return problemsOf(check).length === 0 ? 0 : 1
  },
}

async function checkFile({ operands: [file], environment }: CommandContext): Promise<SelfCheck> {
  const [{ checkBundle, NoFile }, { checkUnpacked }, { executablePath, nativeParent }, { CommandError }] =
    await Promise.all([
      import('../../platform/bundle/check-bundle.ts'),
      import('../../platform/bundle/check-unpacked.ts'),
      import('../self-check/native-parent.ts'),
      import('../command-error.ts'),
    ])
  const own = executablePath()
  const path = file === undefined ? own : resolve(file)
  if (path === undefined) {
    throw new CommandError(
      'this is Hearth run from its source: there is no executable to look at',
      "Name one: 'hearth self-check FILE'; 'npm run build' makes one.",
    )
  }
  try {
    const check = await checkBundle(path)
    const unpacked =
      own !== undefined && (await realpath(path)) === (await realpath(own))
        ? await checkUnpacked(nativeParent(environment))
        : undefined
    return { ...check, path, ...(unpacked && { unpacked }) }
  } catch (error) {
    if (!(error instanceof Error && (error instanceof NoFile || 'code' in error))) throw error
    const isForbidden = 'code' in error && (error.code === 'EACCES' || error.code === 'EPERM')
    const remedy = isForbidden ? 'Run this as somebody who may read it.' : 'Name the executable itself.'
    throw new CommandError(`${path} cannot be read: ${error.message}`, remedy, { cause: error })
  }
}
