import { join } from 'node:path'
import type { GenerationRequest, JsonSchema, Usage } from '../../src/core/generation.ts'
import type { ModelEntry } from '../../src/core/model.ts'
import type { LoadedModel } from '../../src/core/runtime.ts'
import { isolate } from '../../src/runtimes/isolated/isolated-runtime.ts'
import { createLlamaCppRuntime } from '../../src/runtimes/llama-cpp/llama-cpp-runtime.ts'
import { threadPoolSize } from '../../src/runtimes/llama-cpp/thread-pool.ts'
import { formatSchemas } from './format-schemas.ts'
import type { Sample } from './measure.ts'

/** The answers of one round, with forced text predicted and without, in turns. Ratios below 1 are time saved. */
export async function forcedTextSamples(entry: ModelEntry): Promise<readonly Sample[]> {
  await using predicted = await load(entry, [])
  await using sampled = await load(entry, ['sampled'])
  const samples: Sample[] = []
  for (const [name, schema] of Object.entries(formatSchemas)) {
    for (const model of [predicted, sampled]) await answer(model, schema)
    const [left, right] = [await answer(predicted, schema), await answer(sampled, schema)]
    const [time, otherTime] = [milliseconds(left), milliseconds(right)]
    const share = `${left.forcedTokens} of ${left.completionTokens} tokens forced`
    samples.push(
      { name: `${name}, predicted (${share})`, unit: 'ms', value: time },
      { name: `${name}, sampled (${right.completionTokens} tokens)`, unit: 'ms', value: otherTime },
      { name: `${name}, ratio`, unit: '', value: time / otherTime },
    )
  }
  const free = await answer(predicted, undefined)
  const each = free.generationMilliseconds / free.completionTokens
  samples.push({ name: 'a token of free text', unit: 'ms', value: each })
  return samples
}

/** From the request to the end: some of the forced text is read with the prompt. */
const milliseconds = ({ promptMilliseconds, generationMilliseconds }: Usage) =>
  promptMilliseconds + generationMilliseconds

function load(entry: ModelEntry, parameters: readonly string[]): Promise<LoadedModel> {
  const runtime = isolate({
    inner: createLlamaCppRuntime({
      libraries: () => Promise.reject(new Error('native libraries are for child processes')),
      machine: () => ({ cores: 1, memoryBytes: 0 }),
      onLog: () => {},
    }),
    command: ({ kind }) => ({
      command: [process.execPath, join(import.meta.dir, 'forced-text-child.ts'), ...parameters],
      environment: { ...definedVariables(), UV_THREADPOOL_SIZE: String(threadPoolSize(kind, 1)) },
    }),
    onLog: () => {},
  })
  return runtime.load(entry, { signal: new AbortController().signal })
}

const definedVariables = () =>
  Object.fromEntries(
    Object.entries(process.env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  )

/** The prompt is in the slot from the first time on, so what is timed is the answer. */
async function answer(model: LoadedModel, schema: JsonSchema | undefined): Promise<Usage> {
  const messages = [
    { role: 'user', content: 'Jane Doe, 42, of 12 High Street, Springfield, writes that all is well.' },
  ] as const
  const request: GenerationRequest = {
    prompt: { type: 'messages', messages },
    maxTokens: schema ? 400 : 128,
    stop: [],
    sampling: { temperature: 0, topP: 1, topK: 0, minP: 0 },
    ...(schema && { format: { type: 'json-schema', schema } }),
  }
  for await (const event of model.generate?.(request, new AbortController().signal) ?? [])
    if (event.type === 'generation-end') return event.usage
  throw new Error('a generation did not end')
}
