import { urlFlag } from '../client/server-address.ts'
import type { Command } from '../command.ts'

/** Measures how fast a model reads and answers here. */
export const benchCommand: Command = {
  name: 'bench',
  group: 'Use models',
  summary: 'Measure how fast a model reads and answers, alone and with several requests at once',
  usage: 'MODEL [OPTIONS]',
  details:
    'Sends requests as any client would, and measures from outside: prompts that are read (tokens a second, and the time to the first token), and answers that are generated, for 1, 4 and 8 requests at once, after a warm-up. No prompt is known from before. Of an embedding model: texts a second. Says so where something else keeps the machine busy. A running server is used if there is one; otherwise the model is loaded for as long as this takes.',
  examples: [
    { line: 'hearth bench smollm2-135m-instruct', does: 'a table' },
    { line: 'hearth bench smollm2-135m-instruct --requests 1,16 --tokens 256 --json', does: 'other sizes, as JSON' },
  ],
  flags: [
    urlFlag,
    { name: 'requests', value: 'N,N,…', summary: 'Requests at once. Default: 1,4,8.' },
    { name: 'prompt', value: 'N', summary: 'Tokens of a prompt that is read, about. Default: 512.' },
    { name: 'tokens', value: 'N', summary: 'Tokens of an answer, at most. Default: 128.' },
    { name: 'json', summary: 'Print the figures as JSON.' },
  ],
  takesOptions: ['models_dir', 'host', 'port'],
  operands: [1, 1],
  completes: 'model',
  async run(context) {
    const [{ withServer }, { bench, readBenchFlags }] = await Promise.all([
      import('../with-server.ts'),
      import('../bench/bench.ts'),
    ])
    const { sizes, problems } = readBenchFlags(context.flags)
    const ownFlags = ['requests', 'prompt', 'tokens', 'json']
    return withServer({ context, ownFlags, without: 'start', problems }, (work) => bench(work, sizes))
  },
}
