import { carryOut, doneLine } from '../../platform/service/carry-out.ts'
import { withoutSecrets } from '../../platform/service/launchd-plist.ts'
import type { ServiceManager } from '../../platform/service/service-manager.ts'
import { readRecord, type ServiceWish } from '../../platform/service/service-wish.ts'
import { type ServiceStep, shellLine, showSteps } from '../../platform/service/step.ts'
import type { CommandContext } from '../command.ts'
import { CommandError } from '../command-error.ts'
import { reportProblems } from '../report-problems.ts'
import { harmless } from '../styles.ts'
import { placesOf, readServiceWish, variablesLeftOut } from './read-service-wish.ts'
import type { ServiceMachine } from './service-machine.ts'

interface Installation {
  readonly context: CommandContext
  readonly machine: ServiceMachine
  readonly manager: ServiceManager
}

/** Installs the service, or brings an installed one up to date, and starts it. Resolves with the exit code. */
export async function installService(installation: Installation): Promise<number> {
  const { context, machine, manager } = installation
  const isTrial = context.flags['dry-run'] === 'true'
  if (!isTrial) refuseSource(machine)
  const { wish, files, problems } = readServiceWish(installation)
  if (reportProblems(problems, context)) return 2
  const before = ownDefinition(installation)
  // Last: where no polkit lets a user do it, the service runs all the same.
  const last = context.flags.linger === 'true' && manager.linger ? [manager.linger] : []
  const steps = manager.install(wish, { isUpdate: before !== undefined })
  if (isTrial) {
    context.write(showSteps([...steps, ...last]))
    return 0
  }
  await refuseWhatCannotBe(wish, { ...installation, before })
  const after = steps.find((step) => step.type === 'write-file')
  if (before !== undefined && after) {
    const newer = await newerThanService(files, installation)
    if (after.text === before && newer?.length === 0) {
      context.write(`The service is installed just so and runs; nothing was changed. ${manager.definition}\n`)
      await doSteps(last, installation)
      return 0
    }
    context.write(changes(before, after.text))
    if (newer?.length) context.write(`Changed since it started: ${newer.join(', ')}\n`)
  }
  const since = new Date()
  await doSteps([...steps, ...last], installation)
  const code = await tellStart(wish, { ...installation, since })
  context.write(nextSteps(installation, wish))
  return code
}

/** Does the steps, tells of each, and rejects with a `CommandError` at the first that fails. */
export async function doSteps(
  steps: readonly ServiceStep[],
  { context, machine }: Pick<Installation, 'context' | 'machine'>,
): Promise<void> {
  const { world } = machine
  const failed = await carryOut(steps, { world, onDone: (step) => context.write(`${doneLine(step)}\n`) })
  if (!failed) return
  const { step, problem } = failed
  const what = step.type === 'run' ? shellLine(step.command) : `${step.path} cannot be changed`
  throw new CommandError(`${what}: ${problem}`, 'Nothing after that was done. Mend it and say the same again.')
}

/** The definition that lies there, if it is Hearth's; rejects a strange one, unless it is to be replaced. */
export function ownDefinition({ context, machine, manager }: Installation): string | undefined {
  const { definition } = manager
  const found = machine.world.look(definition)
  if (found === undefined) return undefined
  const text = found.kind === 'file' ? machine.world.read(definition) : undefined
  if (text === undefined && found.kind === 'file')
    throw new CommandError(`${definition} may not be read by this user.`, 'Say the same with sudo.')
  if (text !== undefined && readRecord(text)) return text
  if (context.flags.force === 'true') return ''
  throw new CommandError(
    found.kind === 'link'
      ? `${definition} is a link that Hearth did not make.`
      : `${definition} was not written by hearth service install.`,
    'Look at it and move it away, or say --force.',
  )
}

/** Only an executable is sure to be there tomorrow. */
function refuseSource({ program }: ServiceMachine): void {
  if (!program.isExecutable)
    throw new CommandError(
      'This is Hearth from source: what a service would start could be gone tomorrow.',
      'Make the executable with `npm run build`, put it where it shall stay, and let that one install itself; --dry-run shows what it would do.',
    )
}

async function refuseWhatCannotBe(wish: ServiceWish, request: Installation & { before: string | undefined }) {
  const { machine, manager } = request
  const obstacle = await manager.obstacle()
  if (obstacle) throw new CommandError(obstacle.message, obstacle.hint)
  const isNew = wish.url !== undefined && !mayBeThere(wish.url, request)
  const version = isNew && wish.url !== undefined ? await machine.ask(wish.url) : undefined
  if (version !== undefined)
    throw new CommandError(
      `A Hearth (version ${version}) answers at ${wish.url} already, and is no service that this command knows.`,
      'Stop it first, or choose another port: hearth service install -- --port 9000',
    )
}

/** Whether it can be the installed service that answers there. */
function mayBeThere(url: string, { before, ...request }: Installation & { before: string | undefined }): boolean {
  if (before === undefined) return false
  const record = readRecord(before)
  const { environment } = request.context
  return record === undefined || [record.url, placesOf(record, { environment, ...request }).url].includes(url)
}

/** Those of the files that were changed after the service had read them; nothing where it does not run. */
async function newerThanService(
  files: readonly string[],
  { machine: { world }, manager }: Installation,
): Promise<readonly string[] | undefined> {
  const { state, since: told } = await manager.state()
  if (state !== 'running') return undefined
  // Where the system does not tell, it has run since it was installed.
  const since = told ?? world.look(manager.definition)?.changed
  if (since === undefined) return []
  return files.filter((file) => (world.look(file, 'follow')?.changed?.getTime() ?? 0) >= since.getTime())
}

/** Lines that went and lines that came, without the comments and without secrets. */
function changes(before: string, after: string): string {
  const linesOf = (text: string) => withoutSecrets(text).split(/\r?\n/)
  const [old, fresh] = [before, after].map((text) => linesOf(text).filter((line) => !/^(#|<!--)/.test(line)))
  const gone = (old ?? []).filter((line) => !fresh?.includes(line)).map((line) => `  - ${line}\n`)
  const come = (fresh ?? []).filter((line) => !old?.includes(line)).map((line) => `  + ${line}\n`)
  return gone.length + come.length === 0 ? 'The service is started anew.\n' : `Changed:\n${[...gone, ...come].join('')}`
}

/** Waits until the service answers. One that ends instead is told with its last words. */
async function tellStart({ url }: ServiceWish, start: Installation & { since: Date }): Promise<number> {
  const { context, machine, manager } = start
  for (let tries = 0; tries < machine.patience; tries++) {
    const version = url === undefined ? undefined : await machine.ask(url)
    if (version !== undefined) {
      context.write(`Hearth ${version} answers at ${url}.\n`)
      return 0
    }
    const { state, restarts = 0, lastEnd } = await manager.state()
    if (state === 'failed' || restarts > 0 || (state === 'starting' && lastEnd !== undefined))
      return await tellFailure(start)
    if (url === undefined && state === 'running') return 0
    await machine.pause()
  }
  context.write(
    `It does not answer at ${url} yet. At its first start it fetches the default models; its log says how far it is.\n`,
  )
  return 0
}

async function tellFailure({ context, machine, manager, since }: Installation & { since: Date }): Promise<number> {
  const { output } = await machine.world.run(manager.logs({ lines: 12, follow: false, since }))
  context.writeError(
    `hearth: the service is installed, and ends as soon as it starts. Its last words:\n${harmless(output).replace(/^(?=.)/gm, '  ')}        Mend what they name, and say the same again.\n`,
  )
  return 1
}

function nextSteps({ context, machine, manager }: Installation, wish: ServiceWish): string {
  const flag = manager.scope === 'system' && machine.world.userId !== 0 ? ' --system' : ''
  const left = variablesLeftOut(context.environment, wish.variables)
  const remarks = [
    ...manager.remarks(wish),
    ...(left.length === 0
      ? []
      : [
          `Set here, and not for the service: ${left.join(', ')}. Options go behind --, other variables into ${manager.environmentFile} (NAME=value, chmod 600); then say the same again.`,
        ]),
  ]
  return [
    '',
    ...remarks.map((remark) => `- ${remark}\n`),
    'Next:\n',
    `  hearth service status${flag}\n`,
    `  ${shellLine(manager.logs({ lines: 100, follow: true }))}\n`,
    `  hearth service uninstall${flag}\n`,
  ].join('')
}
