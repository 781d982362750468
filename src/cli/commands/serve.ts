import { constants } from 'node:os'
import process from 'node:process'
import type { Config } from '../../config/config.ts'
import { problemLine } from '../../config/problem.ts'
import { LiveValue, livePart } from '../../core/live.ts'
import type { Command, CommandContext } from '../command.ts'
import { CommandError } from '../command-error.ts'
import type { ReadConfig } from '../read-config.ts'
import { readStartable } from '../read-startable.ts'
import { reportProblems } from '../report-problems.ts'
import type { ServeWorld } from '../serve-until-stopped.ts'

/** Serves until it is told to stop. */
export const serveCommand: Command = {
  name: 'serve',
  group: 'The server',
  summary: 'Serve models over HTTP; what hearth does when no command is given',
  usage: '[OPTIONS]',
  details:
    'Serves models over HTTP until it is stopped. Every option is a variable too (--n-ctx is HEARTH_N_CTX) and a key of config.yaml (n_ctx); flags go over variables, and variables over the file. Ctrl+C lets running requests end; a second one does not.',
  examples: [
    { line: 'hearth serve', does: 'with config.yaml beside the program, or with the defaults' },
    { line: 'hearth serve --port 9000 --n-ctx 8192', does: 'another port, and a longer context' },
    {
      line: 'hearth serve --listen http://127.0.0.1:8080,unix:/run/hearth/hearth.sock',
      does: 'on several addresses; HTTPS takes --tls-cert and --tls-key too',
    },
    { line: 'HEARTH_HOST=0.0.0.0 hearth serve', does: 'for other machines too; it wants a key: hearth keys create' },
  ],
  flags: [],
  takesOptions: true,
  async run(context) {
    const read = await readStartable(context)
    if (reportProblems(read.problems, context)) return 2
    const { config } = read
    if (await isOpenToOthers(config, context)) return 2
    const [{ isHangUp }, { hearEarlyHangUps }] = await Promise.all([
      import('../../platform/hang-up.ts'),
      import('../early-hang-ups.ts'),
    ])
    using early = hearEarlyHangUps(process, isHangUp)
    const fetched = config.auto_pull ? await fetchMissing(config, context, early.signal) : 0
    if (fetched !== 0) return fetched
    const code = await serve(read, context, { isHangUp, wasReloadAsked: () => early.isReloadAsked })
    // Everything is closed now; whatever still holds the process up shall not do so for long.
    setTimeout(() => process.exit(code), 2000).unref()
    return code
  },
}

type HangUps = Required<Pick<ServeWorld, 'isHangUp' | 'wasReloadAsked'>>

/** Resolves with the exit code once the server is gone. */
async function serve({ config, source, file, notes }: ReadConfig, context: CommandContext, hangUps: HangUps) {
  const [{ createLog }, { readyText }, { serveUntilStopped }, { startServer }] = await Promise.all([
    import('../../observe/log.ts'),
    import('../ready-text.ts'),
    import('../serve-until-stopped.ts'),
    import('../../compose.ts'),
  ])
  const { environment } = context
  const live = new LiveValue(config)
  const log = createLog({
    level: livePart(live, ({ log_level }) => log_level),
    format: config.log_format,
    ...(environment.isColorUnwanted && { color: false }),
  })
  log.debug('the configuration is read', { file: file ?? 'none' })
  for (const note of notes) log.warn(problemLine(note))
  return serveUntilStopped({
    signals: process,
    start: () =>
      startServer({ config, live, source, environment, log }).catch((error) => tellWhoIsThere(error, context, config)),
    onReady: (ready) => context.write(readyText({ ...ready, platform: environment.platform })),
    onStopping: (signal) => log.info(`${signal}: running requests may end; a second signal ends them at once`),
    exit: (code) => process.exit(code),
    ...hangUps,
  })
}

/** Whether it may not start, because others could use it without a key; it is told then, before anything is fetched. */
async function isOpenToOthers(config: Config, { environment, writeError }: CommandContext): Promise<boolean> {
  const { refuseOpenServer } = await import('../../compose-open-door.ts')
  try {
    refuseOpenServer({ config, environment })
    return false
  } catch (error) {
    // What systemd has not handed over is told where it is to be listened on.
    if ((error as { code?: unknown }).code !== 'open_to_others') return false
    const { explainError } = await import('../explain-error.ts')
    writeError(explainError(error))
    return true
  }
}

/** A port that cannot be had is most often that of a Hearth which runs already. */
async function tellWhoIsThere(error: unknown, context: CommandContext, config: Config): Promise<never> {
  if (!(error instanceof Error && error.name === 'ListenError')) throw error
  const [{ findServer }, { serverAddress }] = await Promise.all([
    import('../client/find-server.ts'),
    import('../client/server-address.ts'),
  ])
  const address = serverAddress({ flags: {}, environment: { ...context.environment, server: {} } }, config)
  if ('problem' in address) throw error
  const search = { address, environment: context.environment, signal: AbortSignal.timeout(4000) }
  const found = await findServer(search).catch(() => undefined)
  if (!found) throw error
  throw new CommandError(
    `A Hearth (version ${found.version}) runs at ${address.url} already.`,
    'Use that one (`hearth ps` shows what it has in memory), stop it first, or choose another address: --port, or --listen.',
    { cause: error },
  )
}

/**
 * Fetches default models that are missing. Answers 0 when the server can start: it serves what is there; and an exit code where a
 * signal came, or the terminal is gone.
 */
async function fetchMissing(config: Config, context: CommandContext, hangUp: AbortSignal): Promise<number> {
  const [{ missingModels }, { openRegistry }] = await Promise.all([
    import('../missing-models.ts'),
    import('../open-registry.ts'),
  ])
  const names = await missingModels(config, await openRegistry(config, context.environment))
  if (names.length === 0) return 0
  // Before the download, which nobody wants where the server is not going to start.
  if (config.require_gpu)
    await (await import('../../compose-system.ts')).requireGpuHere({ config, environment: context.environment })
  const [{ fetchModels }, { interruptible }, { explainError }] = await Promise.all([
    import('../fetch-models.ts'),
    import('../interruptible.ts'),
    import('../explain-error.ts'),
  ])
  return interruptible(async (interrupted) => {
    const signal = AbortSignal.any([interrupted, hangUp])
    try {
      await fetchModels({ config, context, names, signal })
    } catch (error) {
      if (hangUp.aborted) return 128 + constants.signals.SIGHUP
      signal.throwIfAborted()
      context.writeError(explainError(error))
      context.writeError('Starting without the models that could not be fetched.\n')
    }
    return hangUp.aborted ? 128 + constants.signals.SIGHUP : 0
  })
}
