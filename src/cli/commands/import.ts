import process from 'node:process'
import type { Command, CommandContext } from '../command.ts'
import { interruptible } from '../interruptible.ts'
import { reportProblems } from '../report-problems.ts'

/** Turns a sentence-transformers folder into a model in the models folder. */
export const importCommand: Command = {
  name: 'import',
  summary: 'Turn a sentence-transformers folder (BERT, safetensors) into a GGUF file',
  usage: 'DIR [OPTIONS]',
  details:
    'Writes NAME.gguf into the models folder, where the server finds it at once. The large matrices are kept as Q8_0, a quarter of their size, or as --encoding says.',
  flags: [
    { name: 'name', value: 'NAME', summary: 'Name of the model. Default: the name of the folder.' },
    { name: 'encoding', value: 'Q8_0|F16|F32', summary: 'Type of the large matrices. Default: Q8_0.' },
  ],
  takesOptions: ['models_dir'],
  operands: [1, 1],
  run: importFolder,
}

const encodings = ['Q8_0', 'F16', 'F32'] as const

async function importFolder(context: CommandContext): Promise<number> {
  const [{ readConfig }, { importModel }, { createProgressDisplay }] = await Promise.all([
    import('../read-config.ts'),
    import('../../models/import/import-model.ts'),
    import('../../models/pull/progress-display.ts'),
  ])
  const { name, encoding: text = 'Q8_0', ...flags } = context.flags
  const { config, problems } = readConfig({ ...context, flags })
  const encoding = encodings.find((each) => each === text.toUpperCase())
  const wrong = encoding ? [] : [{ path: '--encoding', message: `expected ${encodings.join(', ')}, found '${text}'` }]
  const [directory] = context.operands
  if (reportProblems([...problems, ...wrong], context) || !encoding || directory === undefined) return 2
  const display = createProgressDisplay({ stream: process.stderr })
  return interruptible(async (signal) => {
    const onProgress = display.show
    const named = name === undefined ? {} : { name }
    try {
      const path = await importModel({
        directory,
        modelsDir: config.models_dir,
        encoding,
        signal,
        onProgress,
        ...named,
      })
      display.end()
      context.write(`${path}\n`)
      return 0
    } finally {
      display.end()
    }
  })
}
