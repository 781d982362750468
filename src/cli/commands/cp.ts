import type { Command, CommandContext } from '../command.ts'
import { reportProblems } from '../report-problems.ts'

/** Gives a model one more name. */
export const copyCommand: Command = {
  name: 'cp',
  aliases: ['alias'],
  group: 'Models on this machine',
  summary: 'Give a model one more name',
  usage: 'MODEL NAME [OPTIONS]',
  details:
    'From now on requests may use the new name too; nothing is copied on the disk. It is written down in the models folder, and a running server sees it within a second. hearth rm NAME takes it away again.',
  examples: [
    { line: 'hearth cp qwen2.5-7b-instruct-q4_k_m gpt-4o-mini', does: 'for a program that insists on that name' },
  ],
  flags: [{ name: 'json', summary: 'Print the model and its names as JSON.' }],
  refuses: {
    url: 'no server gives names on request: they are written into a models folder of this machine, with --models-dir; for a server on another machine, run hearth cp there',
  },
  takesOptions: ['models_dir'],
  operands: [2, 2],
  completes: 'model',
  async run(context: CommandContext) {
    const [{ readConfig }, { openRegistry }] = await Promise.all([
      import('../read-config.ts'),
      import('../open-registry.ts'),
    ])
    const { json, ...flags } = context.flags
    const { config, problems } = readConfig({ ...context, flags })
    const [model = '', name = ''] = context.operands
    if (reportProblems(problems, context)) return 2
    const { id, aliases } = await (await openRegistry(config, context.environment)).addAlias(name, model)
    if (json === 'true') context.write(`${JSON.stringify({ id, aliases }, undefined, 2)}\n`)
    else context.write(`${id} is ${name} too\n`)
    return 0
  },
}
