import type { GenerationEvent, GenerationRequest, Tool } from '../../src/core/generation.ts'
import type { LoadedModel } from '../../src/core/runtime.ts'
import { type RandomSchema, randomSchema } from '../../test/random-schemas.ts'
import { SeededRandom } from '../../test/seeded-random.ts'
import { jsonValidator } from '../../test/validate-json.ts'

/** What came of random requests. */
export interface AnswerReport {
  /** Answers that parse and validate. */
  readonly valid: number
  /** How many of those were closed by force. */
  readonly closed: number
  /** Requests whose shortest answer does not fit, and that were refused for it. */
  readonly refused: number
  readonly forcedTokens: number
  readonly tokens: number
  /** Everything else: schema, answer and what is wrong. */
  readonly problems: readonly string[]
}

export interface RandomAnswers {
  readonly model: LoadedModel
  /** Valid answers that are wanted. */
  readonly count: number
  readonly seed: number
  readonly maxTokens: number
}

type Ask = (random: SeededRandom) => Asked | undefined
interface Asked {
  readonly request: Pick<GenerationRequest, 'prompt' | 'format'>
  /** Says what is wrong with what came, if anything. */
  check(events: readonly GenerationEvent[]): string | undefined
  readonly schema: unknown
}

/** Answers in formats of random schemas, at a temperature where SmolLM2 writes anything. */
export const randomFormats = (options: RandomAnswers): Promise<AnswerReport> => ask(options, askForFormat)

/** Forced calls of functions whose parameters are random schemas, likewise. */
export const randomCalls = (options: RandomAnswers): Promise<AnswerReport> => ask(options, askForCall)

async function ask({ model, count, seed, maxTokens }: RandomAnswers, next: Ask): Promise<AnswerReport> {
  const random = new SeededRandom(seed)
  const report = { valid: 0, closed: 0, refused: 0, forcedTokens: 0, tokens: 0, problems: [] as string[] }
  const work = async () => {
    while (report.valid < count && report.problems.length < 10) {
      const asked = next(random)
      if (!asked) continue
      const sampling = { temperature: 1.5, topP: 1, topK: 0, minP: 0, seed: random.between(0, 2 ** 31) }
      const tell = (problem: string) => report.problems.push(`${problem}\n  ${JSON.stringify(asked.schema)}`)
      try {
        const request = { ...asked.request, maxTokens, stop: [], sampling }
        const events: GenerationEvent[] = []
        for await (const event of model.generate?.(request, new AbortController().signal) ?? []) events.push(event)
        const problem = asked.check(events)
        if (problem !== undefined) tell(problem)
        else report.valid++
        const end = events.at(-1)
        if (end?.type !== 'generation-end') continue
        if (end.reason === 'length') report.closed++
        report.forcedTokens += end.usage.forcedTokens
        report.tokens += end.usage.completionTokens
      } catch (error) {
        if (String(error).includes('the shortest answer that is asked for needs')) report.refused++
        else tell(String(error))
      }
    }
  }
  await Promise.all(Array.from({ length: model.facts.slots }, work))
  return report
}

function askForFormat(random: SeededRandom): Asked {
  const schema = randomSchema(random)
  const messages = [{ role: 'user', content: 'Answer with an example.' }] as const
  const validate = jsonValidator(schema)
  return {
    schema,
    request: { prompt: { type: 'messages', messages }, format: { type: 'json-schema', schema } },
    check(events) {
      const text = events.flatMap((event) => (event.type === 'text-delta' ? [event.text] : [])).join('')
      return problemOf(text, validate)
    },
  }
}

function askForCall(random: SeededRandom): Asked | undefined {
  const schemas = Array.from({ length: random.between(1, 3) }, () => randomSchema(random))
  // The model reads them all before it answers, and that takes far longer than the answer.
  if (!schemas.every(isOfObjects) || JSON.stringify(schemas).length > longestSchemas) return undefined
  const tools = schemas.map((parameters, index): Tool => ({ name: `function_${index}`, parameters, isStrict: true }))
  const messages = [{ role: 'user', content: 'Call a function.' }] as const
  const toolUse = { tools, choice: { type: 'required' }, isParallel: random.chance(0.5) } as const
  return {
    schema: schemas,
    request: { prompt: { type: 'messages', messages, toolUse } },
    check(events) {
      const calls: { name: string; text: string }[] = []
      for (const event of events) {
        if (event.type === 'tool-call-start') calls.push({ name: event.name, text: '' })
        const call = calls.at(-1)
        if (event.type === 'tool-call-delta' && call) call.text += event.arguments
      }
      if (calls.length === 0) return 'there is no call'
      return calls
        .map(({ name, text }) => {
          const schema = schemas[tools.findIndex((tool) => tool.name === name)]
          return schema ? problemOf(text, jsonValidator(schema)) : `there is no function ${name}`
        })
        .find((problem) => problem !== undefined)
    },
  }
}

const longestSchemas = 2000
const isOfObjects = (schema: RandomSchema) => schema.type === 'object'

function problemOf(text: string, validate: (text: string) => string | undefined): string | undefined {
  try {
    const problem = validate(text)
    return problem === undefined ? undefined : `${problem}: ${text}`
  } catch (error) {
    return `${error}: ${text}`
  }
}
