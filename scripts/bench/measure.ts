import { descendants } from '../../test/processes.ts'
import { type Hearth, startHearth } from '../../test/start-hearth.ts'
import { chat, embed } from './client.ts'
import { decodeSpeed } from './decode-speed.ts'
import { memoryOf } from './machine.ts'

/** One number of one round, with what it is called and in which unit. */
export interface Sample {
  readonly name: string
  /** Empty for a ratio. */
  readonly unit: 'tokens/s' | 'requests/s' | 'ms' | 'texts/s' | 'MiB' | ''
  readonly value: number
}

const answerTokens = 128
/** As many slots as the largest case has clients. */
const flags = ['--slots', '8', '--n-ctx', '2048', '--log-level', 'warn']

/** Starts a server of its own, drives it through every case, and ends it. */
export async function measure(executable: string | undefined): Promise<readonly Sample[]> {
  const startedAt = performance.now()
  const hearth = await startHearth({ flags, ...(executable && { by: { executable } }) })
  try {
    const listening = performance.now() - startedAt
    await chat(hearth.url, { text: 'Hello', maxTokens: 1 })
    const firstAnswer = performance.now() - startedAt
    return [
      { name: 'start to listening', unit: 'ms', value: listening },
      { name: 'start to first answer', unit: 'ms', value: firstAnswer },
      ...(await decodeCases(hearth)),
      ...(await promptCases(hearth)),
      ...(await embeddingCases(hearth)),
      ...memoryCases(hearth),
    ]
  } finally {
    await hearth.stop()
  }
}

async function decodeCases({ url }: Hearth): Promise<Sample[]> {
  const samples: Sample[] = []
  for (const clients of [1, 4, 8]) {
    const texts = Array.from(
      { length: clients },
      (_, index) => `Write a long story about the number ${clients * 10 + index}.`,
    )
    const answers = await Promise.all(texts.map((text) => chat(url, { text, maxTokens: answerTokens })))
    samples.push({
      name: `decode, ${clients} ${clients > 1 ? 'clients' : 'client'}`,
      unit: 'tokens/s',
      value: decodeSpeed(answers),
    })
  }
  return samples
}

async function promptCases({ url }: Hearth): Promise<Sample[]> {
  const words = (count: number, salt: string) =>
    Array.from({ length: count }, (_, index) => `${salt}${index % 97}`).join(' ')
  const text = words(500, 'w')
  const cold = await chat(url, { text, maxTokens: 8 })
  const warm = await chat(url, { text, maxTokens: 8 })
  const short = await chat(url, { text: 'Something new, please.', maxTokens: 8 })
  return [
    { name: `first token, short prompt (${short.promptTokens} tokens)`, unit: 'ms', value: short.firstMilliseconds },
    { name: `first token, long prompt (${cold.promptTokens} tokens)`, unit: 'ms', value: cold.firstMilliseconds },
    { name: 'first token, the same prompt again', unit: 'ms', value: warm.firstMilliseconds },
    {
      name: 'prompt reading',
      unit: 'tokens/s',
      value: ((cold.promptTokens - cold.cachedTokens) / cold.firstMilliseconds) * 1000,
    },
  ]
}

async function embeddingCases({ url }: Hearth): Promise<Sample[]> {
  const texts = Array.from({ length: 256 }, (_, index) => `this is short text number ${index} about cats and dogs`)
  await embed(url, texts.slice(0, 8))
  const startedAt = performance.now()
  await embed(url, texts)
  return [
    { name: 'embeddings, 256 short texts', unit: 'texts/s', value: (256 / (performance.now() - startedAt)) * 1000 },
  ]
}

function memoryCases({ processId }: Hearth): Sample[] {
  const mebibytes = (bytes: number) => bytes / 2 ** 20
  const children = descendants(processId).map(memoryOf)
  // The chat model has the larger file.
  const chatChild = children.toSorted((a, b) => b.fileBytes - a.fileBytes)[0] ?? { ownBytes: 0, fileBytes: 0 }
  const parent = memoryOf(processId)
  return [
    { name: 'memory of the server', unit: 'MiB', value: mebibytes(parent.ownBytes + parent.fileBytes) },
    { name: 'memory of the chat child, without mapped files', unit: 'MiB', value: mebibytes(chatChild.ownBytes) },
    {
      name: 'memory of the chat child, with them',
      unit: 'MiB',
      value: mebibytes(chatChild.ownBytes + chatChild.fileBytes),
    },
  ]
}
