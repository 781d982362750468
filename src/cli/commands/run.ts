import { questionFlags } from '../chat/question-flags.ts'
import { urlFlag } from '../client/server-address.ts'
import type { Command } from '../command.ts'

/** Asks a model once, or talks with it. */
export const runCommand: Command = {
  name: 'run',
  group: 'Use models',
  summary: 'Ask a model, or talk with it; it is fetched first if it is not here',
  usage: 'MODEL [PROMPT…] [OPTIONS]',
  details:
    'With a prompt: writes the answer to standard output and ends. What comes on standard input is part of the prompt, and is all of it where there is no other. Without either: a conversation; /help says what can be done there. A running server is used if there is one; otherwise the model is loaded for as long as this takes. What the model thinks before it answers is shown, dimmed, on a terminal only.',
  examples: [
    { line: 'hearth run smollm2-135m-instruct "Why is the sky blue?"', does: 'one answer' },
    { line: 'hearth run hf:user/repository:Q4_K_M', does: 'fetch a model from Hugging Face, and talk with it' },
    { line: 'cat notes.txt | hearth run smollm2-135m-instruct "Sum this up:"', does: 'an answer about a file' },
    { line: 'hearth run smollm2-135m-instruct --format person.json "Ada, 36" | jq .age', does: 'JSON by a schema' },
  ],
  flags: [
    urlFlag,
    ...questionFlags,
    {
      name: 'verbose',
      short: 'v',
      summary: 'Tell on standard error how many tokens there were, and how fast they came.',
    },
    { name: 'json', summary: 'Print the whole answer as JSON, as POST /v1/chat/completions gives it.' },
  ],
  takesOptions: ['models_dir', 'host', 'port'],
  takesText: true,
  operands: [1, 10_000],
  completes: 'model',
  async run(context) {
    const { runModel } = await import('../chat/run-model.ts')
    const [model, ...words] = context.operands
    return runModel(context, { model, prompt: words.join(' ') })
  },
}
