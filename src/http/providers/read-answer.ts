/** Tokens, as a provider counts them. */
export interface UpstreamUsage {
  readonly promptTokens: number
  readonly cachedTokens: number
  readonly completionTokens: number
  readonly reasoningTokens: number
}

/** What an answer, or an event of a streamed one, says besides its text. */
export interface ReadAnswer {
  readonly usage?: UpstreamUsage
  /** Why it ended, in the provider's words. */
  readonly reason?: string
  /** Whether it holds a piece of the answer's text. */
  readonly isPiece: boolean
  /** Characters of the answer's text in it. */
  readonly characters: number
  /** It tells the usage alone. */
  readonly isUsageOnly: boolean
  /** The id of the response that it is, where it is one. */
  readonly response?: string
  /** The last event of a stream of a response. */
  readonly isLast: boolean
  /** What went wrong, where it says that something did: the provider's words, and its code. */
  readonly error?: { readonly message: string; readonly code?: string }
}

type Fields = Readonly<Record<string, unknown>>

/** Reads what it can of a chat completion, a completion, a response, embeddings, a ranking, or an event of one. Never throws. */
export function readAnswer(value: unknown): ReadAnswer {
  const said = fieldsOf(value)
  // Events of responses hold the response that they are about.
  const answer = 'response' in said ? fieldsOf(said.response) : said
  const usage = readUsage(answer.usage ?? fieldsOf(answer.meta).tokens ?? fieldsOf(answer.meta).billed_units)
  const choices = Array.isArray(answer.choices) ? answer.choices.map(fieldsOf) : []
  const reason =
    textOf(choices.findLast((choice) => textOf(choice.finish_reason))?.finish_reason) ?? endOf(said, answer)
  const error = readError(said)
  const response = answer.object === 'response' ? textOf(answer.id) : undefined
  return {
    ...(usage && { usage }),
    ...(reason !== undefined && { reason }),
    ...(error && { error }),
    ...(response !== undefined && { response }),
    isPiece: choices.some(hasText) || isDelta(said),
    characters: isDelta(said) ? lengthOf(said.delta) : choices.reduce((sum, choice) => sum + charactersOf(choice), 0),
    isUsageOnly: usage !== undefined && Array.isArray(answer.choices) && choices.length === 0,
    isLast: typeof said.type === 'string' && lastEvents.has(said.type),
  }
}

const lastEvents: ReadonlySet<string> = new Set([
  'response.completed',
  'response.incomplete',
  'response.failed',
  'error',
])

/** Of a response: how it stands, once it is over. */
function endOf(said: Fields, answer: Fields): string | undefined {
  const isOver = answer.object === 'response' && (!('response' in said) || lastEvents.has(String(said.type)))
  return isOver ? textOf(answer.status) : undefined
}

function readUsage(value: unknown): UpstreamUsage | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const said = fieldsOf(value)
  const inner = fieldsOf(said.prompt_tokens_details ?? said.input_tokens_details)
  const outer = fieldsOf(said.completion_tokens_details ?? said.output_tokens_details)
  return {
    promptTokens: countOf(said.prompt_tokens ?? said.input_tokens ?? said.total_tokens),
    cachedTokens: countOf(inner.cached_tokens),
    completionTokens: countOf(said.completion_tokens ?? said.output_tokens),
    reasoningTokens: countOf(outer.reasoning_tokens),
  }
}

/** OpenAI's envelope, its bare form in streams of responses, and what other servers make of it. */
function readError(said: Fields): ReadAnswer['error'] {
  const isBare = said.object === 'error' || (said.type === 'error' && !('error' in said))
  if (!isBare && (said.error === undefined || said.error === null || 'object' in said)) return undefined
  const error = isBare ? said : fieldsOf(said.error)
  const message = textOf(error.message) ?? textOf(said.error) ?? textOf(said.message) ?? 'it says no more than that.'
  const code = textOf(error.code) ?? textOf(error.type)
  return { message: message.slice(0, longestMessage), ...(code !== undefined && { code: code.slice(0, longestCode) }) }
}

const longestMessage = 1000
const longestCode = 100

function hasText(choice: Fields): boolean {
  const delta = fieldsOf(choice.delta)
  return (
    [choice.text, delta.content, delta.reasoning_content, delta.reasoning].some(textOf) || Boolean(delta.tool_calls)
  )
}

const isDelta = ({ type }: Fields): boolean => typeof type === 'string' && type.endsWith('.delta')

function charactersOf(choice: Fields): number {
  const { content, reasoning_content: thought, reasoning, tool_calls: calls } = fieldsOf(choice.delta ?? choice.message)
  const ofCalls = Array.isArray(calls) ? calls.map((call) => fieldsOf(fieldsOf(call).function).arguments) : []
  return [choice.text, content, thought ?? reasoning, ...ofCalls].reduce((sum: number, text) => sum + lengthOf(text), 0)
}

const lengthOf = (text: unknown): number => (typeof text === 'string' ? text.length : 0)
const fieldsOf = (value: unknown): Fields => (typeof value === 'object' && value !== null ? (value as Fields) : {})
const textOf = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined)
const countOf = (value: unknown): number =>
  Number.isSafeInteger(value) && (value as number) > 0 ? (value as number) : 0
