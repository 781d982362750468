import type { ModelEntry } from '../../core/model.ts'
import type { Command, CommandContext } from '../command.ts'
import { CommandError } from '../command-error.ts'
import { reportProblems } from '../report-problems.ts'
import { harmless } from '../styles.ts'

/** Describes one model. */
export const showCommand: Command = {
  name: 'show',
  aliases: ['info'],
  group: 'Models on this machine',
  summary: 'Describe a model: its head, files, settings, template and the memory that it takes',
  usage: 'MODEL [OPTIONS]',
  details:
    'What the head of the file says, how the model would be loaded, and how much memory that takes, part by part. Nothing is loaded.',
  examples: [
    { line: 'hearth show smollm2-135m-instruct', does: 'everything but the template' },
    { line: 'hearth show smollm2-135m-instruct --template', does: 'only its chat template' },
    { line: 'hearth show smollm2-135m-instruct --n-ctx 4096 --json', does: 'with another context, as JSON' },
  ],
  flags: [
    { name: 'template', summary: 'Print only the chat template.' },
    { name: 'json', summary: 'Print everything as JSON.' },
  ],
  refuses: { url: 'it describes what is on this machine; of a server, GET /v1/models/NAME does' },
  takesOptions: ['models_dir', 'model', 'model_path', 'embedding_model', 'n_ctx', 'slots', 'n_gpu_layers'],
  operands: [1, 1],
  completes: 'model',
  async run(context) {
    const [{ readConfig }, { openRegistry }, { describeEntry, entryTable }] = await Promise.all([
      import('../read-config.ts'),
      import('../open-registry.ts'),
      import('../describe-entry.ts'),
    ])
    const { json, template, ...flags } = context.flags
    const { config, problems } = readConfig({ ...context, flags })
    if (reportProblems(problems, context)) return 2
    const entry = await (await openRegistry(config, context.environment)).find(context.operands[0], 'chat')
    if (template === 'true') return writeTemplate(entry, context)
    const described = await describeEntry(entry, context.environment)
    context.write(json === 'true' ? `${JSON.stringify(described, undefined, 2)}\n` : entryTable(described))
    return 0
  },
}

function writeTemplate({ id, header }: ModelEntry, { write, streams }: CommandContext): number {
  if (header.chatTemplate === undefined) throw new CommandError(`'${id}' has no chat template.`, '')
  const text = header.chatTemplate.endsWith('\n') ? header.chatTemplate : `${header.chatTemplate}\n`
  write(streams.output.isTTY ? harmless(text) : text)
  return 0
}
