import { problemLine } from '../../config/problem.ts'
import { urlFlag } from '../client/server-address.ts'
import type { Command, CommandContext } from '../command.ts'
import { reportProblems } from '../report-problems.ts'
import { harmless } from '../styles.ts'

/** Shows the configuration that `serve` would have with the same flags, and its schema. */
export const configCommand: Command = {
  name: 'config',
  group: 'The server',
  summary: 'Show the settings and where they came from, check them, or find the files',
  usage: 'explain|check|reload|path|schema [OPTIONS]',
  details:
    'explain prints every value and where it came from: a flag, a variable, a line of the file, or the default. check says whether the server could start with it, and nothing where it could. reload has a running server read the file now, and tells what came of it. path prints where the file, the models and the data are. schema prints the JSON schema of config.yaml. All flags of serve are understood.',
  examples: [
    { line: 'hearth config explain', does: 'every value, and where it came from' },
    { line: 'hearth config check --config new.yaml && systemctl restart hearth', does: 'look before the leap' },
    { line: 'cd "$(hearth config path --json | jq -r .models_dir)"', does: 'where the models are' },
  ],
  flags: [
    { ...urlFlag, summary: 'For reload: the running server. Absent: HEARTH_URL, or the one of this machine.' },
    { name: 'json', summary: 'Print as JSON.' },
  ],
  takesOptions: true,
  operands: [1, 1],
  completes: ['explain', 'check', 'reload', 'path', 'schema'],
  async run(context) {
    const [action] = context.operands
    if (action === 'explain') return await explainConfig(context)
    if (action === 'check') return await checkConfig(context)
    if (action === 'reload') return await (await import('../reload-config.ts')).reloadConfig(context)
    if (action === 'path') return await printPaths(context)
    if (action === 'schema') return await printSchema(context)
    const message = 'expected explain, check, reload, path or schema'
    const found = action === undefined ? [] : [{ path: action, message }]
    reportProblems([...context.problems, ...found], context)
    return 2
  },
}

/** Prints what is right even when something is wrong, since that is when people ask. */
async function explainConfig(context: CommandContext): Promise<number> {
  const [{ explain, explanationTable }, { readConfig }] = await Promise.all([
    import('../../config/explain.ts'),
    import('../read-config.ts'),
  ])
  const { json, url: _, ...flags } = context.flags
  const read = readConfig({ ...context, flags })
  const rows = explain(read)
  if (json === 'true') {
    const values = Object.fromEntries(rows.map(({ path, value, source }) => [path, { value, source }]))
    context.write(`${JSON.stringify({ file: read.file ?? null, values, problems: read.problems }, undefined, 2)}\n`)
  } else {
    context.write(`${read.file ? `file: ${read.file}` : 'no configuration file'}\n\n${explanationTable(rows)}`)
  }
  for (const note of read.notes) context.writeError(`note: ${harmless(problemLine(note))}\n`)
  return reportProblems(read.problems, context) ? 2 : 0
}

async function readOwn(context: CommandContext) {
  const { readConfig } = await import('../read-config.ts')
  const { json, url: _, ...flags } = context.flags
  return { isJson: json === 'true', ...readConfig({ ...context, flags }) }
}

/** As for other checkers: silence and 0 where nothing is wrong. */
async function checkConfig(context: CommandContext): Promise<number> {
  const { json, url: _, ...flags } = context.flags
  const isJson = json === 'true'
  const { readStartable } = await import('../read-startable.ts')
  const { problems, notes, file } = await readStartable({ ...context, flags })
  if (isJson) context.write(`${JSON.stringify({ file: file ?? null, problems, notes }, undefined, 2)}\n`)
  else for (const note of notes) context.writeError(`note: ${harmless(problemLine(note))}\n`)
  return reportProblems(problems, context) ? 2 : 0
}

async function printPaths(context: CommandContext): Promise<number> {
  const { problems, isJson, file, config } = await readOwn(context)
  if (reportProblems(problems, context)) return 2
  const { dataFolder } = context.environment
  const paths = { file: file ?? null, models_dir: config.models_dir, data: dataFolder, store_path: config.store_path }
  if (isJson) context.write(`${JSON.stringify(paths, undefined, 2)}\n`)
  else {
    const { textTable } = await import('../text-table.ts')
    context.write(textTable(Object.entries(paths).map(([name, path]) => [`${name}:`, path ?? '(none)'])))
  }
  return 0
}

async function printSchema({ write, ...context }: CommandContext): Promise<number> {
  if (reportProblems(context.problems, context)) return 2
  const { renderSchema } = await import('../../config/render-schema.ts')
  write(renderSchema())
  return 0
}
