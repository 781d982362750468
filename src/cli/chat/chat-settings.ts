import type { ChatBody, ChatTurn } from './ask-model.ts'

/** How a person wants answers: what a request has beside its messages. */
export interface ChatSettings {
  readonly model: string
  readonly system?: string
  /** Fields of the request by their names in the API: `temperature`, `max_tokens` … */
  readonly parameters: Readonly<Record<string, number | string>>
  /** `response_format`. */
  readonly format?: Readonly<Record<string, unknown>>
  /** Whether the model is to think before it answers; absent: as it does by itself. */
  readonly thinks?: boolean
  readonly keepAlive?: string
  readonly isVerbose: boolean
}

/** The body of a request, for these settings and this conversation. */
export function toChatBody(settings: ChatSettings, turns: readonly ChatTurn[]): ChatBody {
  const { model, system, parameters, format, thinks, keepAlive } = settings
  return {
    model,
    messages: [...(system ? [{ role: 'system' as const, content: system }] : []), ...turns],
    ...parameters,
    ...(format && { response_format: format }),
    ...(thinks !== undefined && { enable_thinking: thinks }),
    ...(keepAlive !== undefined && { keep_alive: /^-?\d+$/.test(keepAlive) ? Number(keepAlive) : keepAlive }),
  }
}

/** The `response_format` of a JSON Schema. */
export const schemaFormat = (schema: unknown) => ({
  type: 'json_schema',
  json_schema: { name: 'answer', strict: true, schema },
})
