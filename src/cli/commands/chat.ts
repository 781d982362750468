import { questionFlags } from '../chat/question-flags.ts'
import { urlFlag } from '../client/server-address.ts'
import type { Command } from '../command.ts'

/** Talks with a model, the default one unless another is named. */
export const chatCommand: Command = {
  name: 'chat',
  group: 'Use models',
  summary: 'Talk with the default chat model, or with another one',
  usage: '[MODEL] [OPTIONS]',
  details:
    'A conversation in the terminal; /help says what can be done there. A running server is used if there is one; otherwise the model is loaded for as long as this takes.',
  examples: [
    { line: 'hearth chat', does: 'talk with the default chat model' },
    { line: 'hearth chat --system "Answer in one sentence." --verbose', does: 'with a system message and figures' },
  ],
  flags: [
    urlFlag,
    ...questionFlags,
    { name: 'verbose', short: 'v', summary: 'Tell of each answer how many tokens it has, and how fast they came.' },
    { name: 'json', summary: 'For a question on standard input: print the whole answer as JSON.' },
  ],
  takesOptions: ['model', 'model_path', 'models_dir', 'host', 'port'],
  operands: [0, 1],
  completes: 'model',
  async run(context) {
    const { runModel } = await import('../chat/run-model.ts')
    const { model: flagged } = context.flags
    const [model = flagged] = context.operands
    return runModel(context, { model, prompt: '' })
  },
}
