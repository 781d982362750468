/** One message of a conversation, in our vocabulary. */
export interface ChatMessage {
  readonly role: 'system' | 'developer' | 'user' | 'assistant' | 'tool'
  readonly content: string
  readonly name?: string
}

/** What a model is asked to continue. */
export type Prompt =
  /** Rendered with the model's own chat template. */
  | { readonly type: 'messages'; readonly messages: readonly ChatMessage[] }
  /** Continued as it stands; special tokens in it are read as such. */
  | { readonly type: 'text'; readonly text: string }
  /** Token ids of this model's vocabulary, taken as they are. */
  | { readonly type: 'tokens'; readonly tokens: readonly number[] }

/** How the next token is chosen. */
export interface SamplingOptions {
  /** 0 always takes the likeliest token. */
  readonly temperature: number
  /** 0 < topP ≤ 1 (nucleus sampling, arXiv:1904.09751). */
  readonly topP: number
  /** Candidates kept; 0 keeps all. */
  readonly topK: number
  /** 0 ≤ minP ≤ 1 (arXiv:2407.01082); 0 keeps all. */
  readonly minP: number
  /** Same seed, same request, same text, where nothing else differs. Absent: chosen anew. */
  readonly seed?: number
}

/** One generation, complete: nothing about it is left to the runtime but the model's own template. */
export interface GenerationRequest {
  readonly prompt: Prompt
  /** Absent: up to the end of the context. */
  readonly maxTokens?: number
  /** Texts that end the answer and never appear in it. */
  readonly stop: readonly string[]
  readonly sampling: SamplingOptions
}

/** `stop`: the model ended its turn or wrote a stop text. `length`: maxTokens or the context is full. `aborted`: the signal. */
export type FinishReason = 'stop' | 'length' | 'aborted'

/** Tokens really evaluated, not estimated. */
export interface Usage {
  readonly promptTokens: number
  /** Those of the prompt that were already in a slot and were not read again. */
  readonly cachedTokens: number
  readonly completionTokens: number
  /** Tokens that the draft model proposed, and those of them that the model accepted. */
  readonly draftedTokens: number
  readonly acceptedTokens: number
  /** Milliseconds from the start in the runtime to the first token, and from there to the last one. */
  readonly promptMilliseconds: number
  readonly generationMilliseconds: number
}

/** What a generation tells while it runs. */
export type GenerationEvent =
  /** While the prompt is read: tokens of it that are done. */
  | { readonly type: 'prompt-progress'; readonly done: number; readonly total: number }
  /** Never empty, never part of a character, never part of a stop text. */
  | { readonly type: 'text-delta'; readonly text: string }
  | { readonly type: 'generation-end'; readonly reason: FinishReason; readonly usage: Usage }

/** What is embedded: a text, or token ids of this model's vocabulary. */
export type EmbeddingInput = string | readonly number[]

export interface EmbeddingResult {
  /** One for each input, in the inputs' order; each of `embeddingSize` numbers and of length 1 (L2). */
  readonly vectors: readonly Float32Array[]
  /** Tokens really evaluated, the special ones included. */
  readonly promptTokens: number
}
