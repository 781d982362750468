/** A JSON Schema as the client sent it; nothing about it was checked but that it is an object. */
export type JsonSchema = Readonly<Record<string, unknown>>

/** A function that the model may call. */
export interface Tool {
  readonly name: string
  readonly description?: string
  /** Of the arguments, an object. Absent: a function without arguments. */
  readonly parameters?: JsonSchema
  /** The arguments must validate against `parameters`, not only parse. */
  readonly isStrict: boolean
}

/** Whether and what the model must call. */
export type ToolChoice =
  /** The model decides. */
  | { readonly type: 'auto' }
  /** It is not told of the tools, and cannot call. */
  | { readonly type: 'none' }
  /** At least one call, and no text. */
  | { readonly type: 'required' }

/** The functions of one request. */
export interface ToolUse {
  /** At least one; names are unique. All of them are shown to the model. */
  readonly tools: readonly Tool[]
  readonly choice: ToolChoice
  /** The names that may be called; absent: all. One name and `required` is the call of a named function. */
  readonly allowed?: readonly string[]
  /** Whether one answer may hold more than one call. */
  readonly isParallel: boolean
}

/** A call that the model made. */
export interface ToolCall {
  /** Unique within the conversation; results name it. */
  readonly id: string
  readonly name: string
  /** JSON text of an object, as the model wrote it. */
  readonly arguments: string
}

/** One message of a conversation, in our vocabulary. */
export interface ChatMessage {
  readonly role: 'system' | 'developer' | 'user' | 'assistant' | 'tool'
  readonly content: string
  readonly name?: string
  /** What an assistant thought before its answer. Templates decide whether the model sees it again. */
  readonly reasoning?: string
  /** Of an assistant; at least one when present. `arguments` were checked to be JSON objects. */
  readonly toolCalls?: readonly ToolCall[]
  /** Of a tool's message: the call that it answers. */
  readonly toolCallId?: string
}

/** How much a model that can think before it answers is to think. */
export interface ReasoningOptions {
  /** `none` asks for an answer without thinking, as far as the model's template can say that. */
  readonly effort?: 'none' | 'minimal' | 'low' | 'medium' | 'high' | 'xhigh'
  /** Without an effort: thinking is asked for, however much, of models too whose template leaves it out by itself. */
  readonly isWanted?: boolean
  /** Tokens after which the thinking is ended and the answer begun. */
  readonly budgetTokens?: number
}

/** A conversation, rendered with the model's own chat template. */
export interface MessagesPrompt {
  readonly type: 'messages'
  readonly messages: readonly ChatMessage[]
  readonly toolUse?: ToolUse
  readonly reasoning?: ReasoningOptions
  /** The last message is an assistant's, and the answer continues it instead of beginning a new turn. */
  readonly continuesLast?: boolean
  /** Further variables for the template (`chat_template_kwargs`). */
  readonly templateArguments?: Readonly<Record<string, unknown>>
}

/** What a model is asked to continue. */
export type Prompt =
  | MessagesPrompt
  /** Continued as it stands; special tokens in it are read as such. */
  | { readonly type: 'text'; readonly text: string }
  /** Token ids of this model's vocabulary, taken as they are. */
  | { readonly type: 'tokens'; readonly tokens: readonly number[] }
  /** The gap between two texts is filled, with the model's own tokens for that; models without them refuse. */
  | { readonly type: 'infill'; readonly prefix: string; readonly suffix: string }

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
  /** Added to a token's logit; -100 and less bans it, 100 and more takes it before all others. Token ids and values. */
  readonly logitBias?: readonly (readonly [token: number, bias: number])[]
  /** Taken from a token's logit for each time that it was generated, as OpenAI does. −2 to 2. */
  readonly frequencyPenalty?: number
  /** Taken from a token's logit once it was generated, as OpenAI does. −2 to 2. */
  readonly presencePenalty?: number
  /** Divides the logits of tokens among the last ones, prompt included (arXiv:1909.05858). `lastTokens` -1: all. */
  readonly repeatPenalty?: { readonly penalty: number; readonly lastTokens: number }
  /** Excludes top choices (github.com/oobabooga/text-generation-webui/pull/6335). */
  readonly xtc?: { readonly probability: number; readonly threshold: number }
  /** Don't repeat yourself (github.com/oobabooga/text-generation-webui/pull/5677). `lastTokens` -1: all. */
  readonly dry?: {
    readonly multiplier: number
    readonly base: number
    readonly allowedLength: number
    readonly lastTokens: number
    readonly sequenceBreakers: readonly string[]
  }
}

/** What the text of an answer must be. */
export type OutputFormat =
  /** One JSON object, of any shape. */
  | { readonly type: 'json-object' }
  /** JSON that validates against the schema. */
  | { readonly type: 'json-schema'; readonly schema: JsonSchema }
  /** A text of the grammar, in llama.cpp's GBNF, which begins at the rule `root`. */
  | { readonly type: 'grammar'; readonly grammar: string }
  /** A text that a regular expression (ECMA-262) matches from its beginning to its end. */
  | { readonly type: 'pattern'; readonly pattern: string }

/** One generation, complete: nothing about it is left to the runtime but the model's own template. */
export interface GenerationRequest {
  readonly prompt: Prompt
  /** Absent: up to the end of the context. 0: the prompt is read and nothing is generated. */
  readonly maxTokens?: number
  /** Tokens that prompt and answer may fill together. Absent: as many as the model was loaded with, which is the most. */
  readonly contextSize?: number
  /** Texts that end the answer and never appear in it. They are looked for in the answer's text only. */
  readonly stop: readonly string[]
  readonly sampling: SamplingOptions
  /** Absent: free text. */
  readonly format?: OutputFormat
  /** Report the chances of the tokens of the answer's text, and of as many of the likeliest ones. 0 to 20. */
  readonly logprobs?: { readonly top: number }
  /** Report the prompt's own text first, with its tokens' chances where `logprobs` asks for them (`echo`). */
  readonly repeatsPrompt?: boolean
  /**
   * Whether somebody looks at the pieces of the answer while they are made. Absent: yes. Where nobody does, they may come
   * all together at the end, joined, and without progress: nothing has to be woken for each token then.
   */
  readonly isWatched?: boolean
}

/**
 * `stop`: the model ended its turn or wrote a stop text. `tool-calls`: it ended its turn with calls. `length`: maxTokens
 * or the context is full; an answer in a `format` is complete even then, closed by force. `aborted`: the signal.
 */
export type FinishReason = 'stop' | 'tool-calls' | 'length' | 'aborted'

/** Tokens really evaluated, not estimated. */
export interface Usage {
  readonly promptTokens: number
  /** Those of the prompt that were already in a slot and were not read again. */
  readonly cachedTokens: number
  /** All that were generated: those of reasoning and tool calls, and the one that ended the turn, too. */
  readonly completionTokens: number
  /** Those of them that were thought and not said. */
  readonly reasoningTokens: number
  /** Those of them that the format left no choice about, and that were not sampled. */
  readonly forcedTokens: number
  /** Tokens that were guessed ahead (looked up in the text, or by a draft model), and those of them that were right. */
  readonly draftedTokens: number
  readonly acceptedTokens: number
  /** Milliseconds from the start in the runtime to the first token, and from there to the last one. */
  readonly promptMilliseconds: number
  readonly generationMilliseconds: number
}

/** A token and the natural logarithm of its chance in the model's own distribution, before any sampling option. */
export interface TokenChance {
  readonly token: number
  /** As it stands in the text; control tokens have their name. Half a character is U+FFFD here. */
  readonly text: string
  /** The bytes of it, UTF-8. */
  readonly bytes: readonly number[]
  /** At least -9999. */
  readonly logprob: number
}

/** The chance of a token that was taken, and those of the likeliest tokens in its place, likeliest first. */
export interface TokenLogprob extends TokenChance {
  readonly top: readonly TokenChance[]
}

/** What a generation tells while it runs. */
export type GenerationEvent =
  /** While the prompt is read: tokens of it that are done. */
  | { readonly type: 'prompt-progress'; readonly done: number; readonly total: number }
  /** With `repeatsPrompt`, once, before everything else that is text. The first token of a prompt has no chance. */
  | {
      readonly type: 'prompt-text'
      readonly text: string
      readonly logprobs?: readonly (TokenLogprob | (Omit<TokenLogprob, 'logprob'> & { readonly logprob: null }))[]
    }
  /** Never empty, never part of a character, never part of a stop text. `logprobs`: of the tokens that it is made of. */
  | { readonly type: 'text-delta'; readonly text: string; readonly logprobs?: readonly TokenLogprob[] }
  /** What the model thinks before it answers, without the marks around it. Never empty. */
  | { readonly type: 'reasoning-delta'; readonly text: string }
  /** The model calls a function. `index` counts the calls of one answer from 0; one call ends where the next begins. */
  | { readonly type: 'tool-call-start'; readonly index: number; readonly id: string; readonly name: string }
  /** The next piece of that call's arguments; all of them together are the JSON text of an object. Never empty. */
  | { readonly type: 'tool-call-delta'; readonly index: number; readonly arguments: string }
  | { readonly type: 'generation-end'; readonly reason: FinishReason; readonly usage: Usage }

/** What is embedded: a text, or token ids of this model's vocabulary. */
export type EmbeddingInput = string | readonly number[]

export interface EmbeddingOptions {
  /** Inputs that are too long are cut at their end instead of being refused. */
  readonly truncates?: boolean
}

export interface EmbeddingResult {
  /** One for each input, in the inputs' order; each of `embeddingSize` numbers and of length 1 (L2). */
  readonly vectors: readonly Float32Array[]
  /** Tokens really evaluated, the special ones included. */
  readonly promptTokens: number
}

export interface RerankResult {
  /** One for each document, in their order. Larger is more relevant; the scale is the model's own. */
  readonly scores: readonly number[]
  /** Tokens really evaluated, the query in each pair and the special ones included. */
  readonly promptTokens: number
}

export interface TokenizeOptions {
  /** Adds what the model expects at the beginning and the end of an input. */
  readonly addsSpecial: boolean
  /** Reads the names of special tokens in the text as those tokens. */
  readonly readsSpecial: boolean
}

/** A token, and what it is in a text. `bytes` may be part of a character, and are none for control tokens. */
export interface TokenPiece {
  readonly token: number
  readonly bytes: readonly number[]
}

/** A prompt as the model will read it. */
export interface RenderedPrompt {
  /** What the template made of the messages. */
  readonly text: string
  readonly tokens: readonly number[]
}
