import type { Command, CommandContext } from '../command.ts'
import { reportProblems } from '../report-problems.ts'

/** Shows the configuration that `serve` would have with the same flags, and its schema. */
export const configCommand: Command = {
  name: 'config',
  summary: 'Show every setting and where it came from (explain), or the JSON schema (schema)',
  usage: 'explain|schema [OPTIONS]',
  details:
    'explain prints every value and where it came from: a flag, a variable, a line of the file, or the default. schema prints the JSON schema of config.yaml. All flags of serve are understood.',
  flags: [{ name: 'json', summary: 'Print the explanation as JSON.' }],
  takesOptions: true,
  operands: [1, 1],
  async run(context) {
    const [action] = context.operands
    if (action === 'explain') return await explainConfig(context)
    if (action === 'schema') return await printSchema(context)
    const found = action === undefined ? [] : [{ path: action, message: "expected 'explain' or 'schema'" }]
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
  const { json, ...flags } = context.flags
  const read = readConfig({ ...context, flags })
  const rows = explain(read)
  if (json === 'true') {
    const values = Object.fromEntries(rows.map(({ path, value, source }) => [path, { value, source }]))
    context.write(`${JSON.stringify({ file: read.file ?? null, values, problems: read.problems }, undefined, 2)}\n`)
  } else {
    context.write(`${read.file ? `file: ${read.file}` : 'no configuration file'}\n\n${explanationTable(rows)}`)
  }
  return reportProblems(read.problems, context) ? 2 : 0
}

async function printSchema({ write, ...context }: CommandContext): Promise<number> {
  if (reportProblems(context.problems, context)) return 2
  const { renderSchema } = await import('../../config/render-schema.ts')
  write(renderSchema())
  return 0
}
