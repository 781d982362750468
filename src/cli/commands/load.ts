import type { ConfigProblem } from '../../config/problem.ts'
import { urlFlag } from '../client/server-address.ts'
import type { Command, CommandContext, Flag } from '../command.ts'
import type { ServerWork } from '../with-server.ts'

const loading = 'How it is loaded; what is left out is as it is configured'

/** The flags that are fields of the request of the same name. */
const optionFlags: readonly (Flag & { readonly type: 'number' | 'text' | 'switch' })[] = [
  { name: 'n-ctx', value: 'N|auto', type: 'number', summary: 'Tokens that one request may fill.' },
  { name: 'slots', value: 'N|auto', type: 'number', summary: 'Requests at once.' },
  { name: 'n-gpu-layers', value: 'N', type: 'number', summary: 'Layers on the GPU. -1: all that fit. 0: none.' },
  { name: 'threads', value: 'N|auto', type: 'number', summary: 'Threads that it computes with.' },
  {
    name: 'draft-model',
    value: 'NAME',
    type: 'text',
    summary: 'A small model that guesses ahead; none: no such model.',
  },
  { name: 'cache-type-k', value: 'TYPE', type: 'text', summary: 'How the keys of the cache are stored: f16, q8_0 …' },
  { name: 'cache-type-v', value: 'TYPE', type: 'text', summary: 'How the values of the cache are stored.' },
  { name: 'prompt-lookup', type: 'switch', summary: 'Whether it guesses ahead by what stands in the text already.' },
  { name: 'pinned', type: 'switch', summary: 'Whether it stays whoever else wants its memory.' },
  { name: 'keep-alive', value: 'DURATION', type: 'text', summary: 'How long it stays unused: 5m, 1h, -1 for ever.' },
].map((flag) => ({ ...flag, group: loading }) as Flag & { readonly type: 'number' | 'text' | 'switch' })

/** Has a running server bring a model into memory. */
export const loadCommand: Command = {
  name: 'load',
  group: 'The server',
  summary: 'Bring a model into memory, with other options if you like',
  usage: 'MODEL [OPTIONS]',
  details:
    'Asks a running server. A model that is in memory with other options is loaded anew once its running requests have ended. Says what was chosen where that is not what was asked for, and which models made room.',
  examples: [
    { line: 'hearth load smollm2-135m-instruct', does: 'so that the first request need not wait' },
    { line: 'hearth load qwen --n-ctx 32768 --slots 2 --pinned', does: 'with a longer context, and for good' },
    { line: 'hearth load qwen --lora style.gguf --cache-type-k q8_0', does: 'with an adapter and a smaller cache' },
  ],
  flags: [
    urlFlag,
    { name: 'json', summary: 'Print what was done as JSON.' },
    ...optionFlags.map(({ type: _, ...flag }) => flag),
    { name: 'lora', value: 'NAME[=SCALE],…', summary: 'LoRA adapters that are applied.', group: loading },
  ],
  takesOptions: ['host', 'port'],
  operands: [1, 1],
  completes: 'model',
  async run(context) {
    const { withServer } = await import('../with-server.ts')
    const { fields, problems } = readFields(context)
    const ownFlags = [...optionFlags.map(({ name }) => name), 'lora', 'json']
    return withServer({ context, ownFlags, without: 'refuse', problems }, (work) => load(work, fields))
  },
}

type Fields = Readonly<Record<string, unknown>>

/** The flags as fields. Their ranges are the server's to judge. */
function readFields({ flags }: CommandContext): { fields: Fields; problems: readonly ConfigProblem[] } {
  const problems: ConfigProblem[] = []
  const given = optionFlags.filter(({ name }) => flags[name] !== undefined)
  const entries = given.map(({ name, type }): [string, unknown] => {
    const text = flags[name] ?? ''
    const field = name.replaceAll('-', '_')
    if (type === 'switch') return [field, text === 'true']
    if (type === 'text' || text === 'auto') return [field, text]
    if (text.trim() === '' || !Number.isFinite(Number(text)))
      problems.push({ path: `--${name}`, message: `found '${text}', expected a number` })
    return [field, Number(text)]
  })
  const lora = flags.lora === undefined ? {} : { lora: readAdapters(flags.lora, problems) }
  return { fields: { ...Object.fromEntries(entries), ...lora }, problems }
}

function readAdapters(text: string, problems: ConfigProblem[]) {
  return text
    .split(',')
    .filter(Boolean)
    .map((part) => {
      const [, name = part, scale] = /^(.*?)(?:=(.*))?$/.exec(part) ?? []
      if (scale !== undefined && (scale.trim() === '' || !Number.isFinite(Number(scale))))
        problems.push({ path: '--lora', message: `found the scale '${scale}', expected a number` })
      return { name, ...(scale !== undefined && { scale: Number(scale) }) }
    })
}

async function load({ client, context, signal }: ServerWork, fields: Fields): Promise<number> {
  const { loadModel } = await import('../client/load-model.ts')
  const [model = ''] = context.operands
  const { type: _, ...reply } = (await loadModel({ client, context, signal, body: { model, ...fields } })) as Awaited<
    ReturnType<typeof loadModel>
  > & { type?: string }
  if (context.flags.json === 'true') {
    context.write(`${JSON.stringify(reply, undefined, 2)}\n`)
    return 0
  }
  for (const line of [reply.message, ...reply.notes]) context.write(`${line}\n`)
  return 0
}
