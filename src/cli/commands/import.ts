import { basename } from 'node:path'
import type { Command, CommandContext } from '../command.ts'
import { interruptible } from '../interruptible.ts'
import { reportProblems } from '../report-problems.ts'

/** Puts a model into the models folder: a GGUF file as it is, or a sentence-transformers folder turned into one. */
export const importCommand: Command = {
  name: 'import',
  group: 'Models on this machine',
  summary: 'Put a GGUF file, or a sentence-transformers folder turned into one, into the models folder',
  usage: 'FILE.gguf | DIR [OPTIONS]',
  details:
    'The server finds it there at once, by its name. A GGUF file is checked and copied; with --link it stays where it is. A folder that sentence-transformers saved (BERT, safetensors) is turned into a GGUF file: the large matrices are kept as Q8_0, a quarter of their size, or as --encoding says.',
  examples: [
    { line: 'hearth import ~/Downloads/model-Q4_K_M.gguf', does: 'a copy' },
    { line: 'hearth import /mnt/big/model.gguf --link --name big', does: 'a link, under another name' },
    { line: 'hearth import ./all-MiniLM-L6-v2 --encoding F16', does: 'a folder, turned into a file' },
  ],
  flags: [
    { name: 'name', value: 'NAME', summary: 'Name of the model. Default: the name of the file or folder.' },
    { name: 'link', summary: 'Make a link to the GGUF file, and no copy. It must stay where it is then.' },
    { name: 'encoding', value: 'Q8_0|F16|F32', summary: 'Type of the large matrices of a folder. Default: Q8_0.' },
    { name: 'json', summary: 'Print the name and the path as JSON.' },
  ],
  takesOptions: ['models_dir'],
  operands: [1, 1],
  completes: 'file',
  run: importAny,
}

async function importAny(context: CommandContext): Promise<number> {
  const [{ stat }, { resolve }] = await Promise.all([import('node:fs/promises'), import('node:path')])
  const path = resolve(context.environment.currentFolder, context.operands[0] ?? '')
  const facts = await stat(path).catch(() => undefined)
  if (!facts) {
    reportProblems([...context.problems, { path: context.operands[0] ?? '', message: 'does not exist' }], context)
    return 2
  }
  return facts.isDirectory() ? importFolder(context) : importFile(context, path)
}

async function importFile(context: CommandContext, file: string): Promise<number> {
  const [{ readConfig }, { importGguf }, { progressFor }] = await Promise.all([
    import('../read-config.ts'),
    import('../import-gguf.ts'),
    import('../progress-for.ts'),
  ])
  const { name, encoding, link, json, ...flags } = context.flags
  const { config, problems } = readConfig({ ...context, flags })
  const wrong = encoding === undefined ? [] : [{ path: '--encoding', message: 'a GGUF file is taken as it is' }]
  if (reportProblems([...problems, ...wrong], context)) return 2
  const display = progressFor(context)
  return interruptible(async (signal) => {
    const call = { file, modelsDir: config.models_dir, isLinked: link === 'true', signal, onProgress: display.show }
    const paths = await importGguf({ ...call, ...(name !== undefined && { name }) }).finally(() => display.end())
    const [first = ''] = paths
    context.write(json === 'true' ? imported(first) : `${first}\n`)
    return 0
  })
}

/** The name by which requests have a file, and where it is. */
const imported = (path: string) =>
  `${JSON.stringify({ id: basename(path).replace(/(-00001-of-\d+)?\.gguf$/, ''), path }, undefined, 2)}\n`

const encodings = ['Q8_0', 'F16', 'F32'] as const

async function importFolder(context: CommandContext): Promise<number> {
  const [{ readConfig }, { importModel }, { progressFor }] = await Promise.all([
    import('../read-config.ts'),
    import('../../models/import/import-model.ts'),
    import('../progress-for.ts'),
  ])
  const { name, encoding: text = 'Q8_0', link, json, ...flags } = context.flags
  const { config, problems } = readConfig({ ...context, flags })
  const encoding = encodings.find((each) => each === text.toUpperCase())
  const linked = link === 'true' ? [{ path: '--link', message: 'is for a GGUF file; a folder is turned into one' }] : []
  const wrong = encoding
    ? linked
    : [{ path: '--encoding', message: `expected ${encodings.join(', ')}, found '${text}'` }]
  const [directory] = context.operands
  if (reportProblems([...problems, ...wrong], context) || !encoding || directory === undefined) return 2
  const display = progressFor(context)
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
      context.write(json === 'true' ? imported(path) : `${path}\n`)
      return 0
    } finally {
      display.end()
    }
  })
}
