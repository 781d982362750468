/** How a family of models writes what is more than text: its calls of functions, its thinking, its conversations. */
export interface ConversationSyntax {
  readonly name: string
  /** Absent: the model does not think before it answers. */
  readonly reasoning?: ReasoningSyntax
  readonly calls: CallSyntax
  /** Marks around the answer's own text, for models that write such; they are not part of it. */
  readonly frame?: { readonly open: string; readonly close: string }
  /** Every message is written into a channel, as OpenAI's harmony format does; marks and calls are made for that. */
  readonly isHarmony?: true
  readonly template: TemplateTraits
}

/** Marks around what a model thinks. */
export interface ReasoningSyntax {
  readonly open: string
  readonly close: string
  /** What stands between the marks and the thoughts. */
  readonly inside: '\n' | ''
  /** What the models of the family write between `close` and their answer. */
  readonly gap: string
}

/** A stretch in the text of a call. */
export type CallPart =
  /** A control token by its name; plain text where the vocabulary has no such token. */
  | { readonly type: 'mark'; readonly text: string; readonly isOptional?: true }
  /** White space in it is what the family writes; what is read may have more of it or less. */
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'name' }
  /** What the model gives a call of its own: a count, or nine letters and digits. */
  | { readonly type: 'own'; readonly kind: 'digits' | 'letters' }
  | { readonly type: 'arguments' }

/** How calls are written. */
export interface CallSyntax {
  /** Before the first of the calls of one answer, and behind the last. */
  readonly open: readonly CallPart[]
  readonly close: readonly CallPart[]
  /** One call. It names the function before the arguments. */
  readonly call: readonly CallPart[]
  /** Between two calls of one answer; absent: there is one at most. */
  readonly between?: readonly CallPart[]
  /** Absent: the arguments are a JSON object. */
  readonly parameters?: ParameterSyntax
  /** A call is told from text by its beginning, and nothing may stand before it. */
  readonly isWholeAnswer?: true
  /** The id that such a call has; absent: it has none and gets one of ours. */
  readonly ownId?: (name: string, own: string) => string
  /** What ids are like where we make them. `short`: nine letters and digits. */
  readonly idStyle?: 'short'
}

/** How arguments are written that are not one JSON object: each parameter for itself. */
export interface ParameterSyntax {
  readonly open: string
  readonly close: string
  readonly beforeKey: string
  readonly afterKey: string
  readonly afterValue: string
  readonly between: string
  /** Around strings that stand as they are, without escapes. `close` never stands in them. */
  readonly string: { readonly open: string; readonly close: string }
  /** The family sorts parameters by their names. */
  readonly isSorted?: true
}

/** How a template wants the turns of a conversation. */
export interface TurnTraits {
  /** User and assistant take turns, the user first. */
  readonly alternate: boolean
  /** There must be a message of the user's. */
  readonly needUser: boolean
  /** No answer in the history may be empty. */
  readonly needText: boolean
  /** A message that has calls must have no text beside them, or the calls are lost. */
  readonly partCalls: boolean
}

/** What the model's chat template expects of the conversation that it is to write. */
export interface TemplateTraits {
  /** The variable of the tools that it tells the model of; `system`: a system message carries them as JSON text. */
  readonly tools: 'tools' | 'xml_tools' | 'system' | 'none'
  /** It writes calls and results of the history; `one`: at most one call in a message. Otherwise they become text. */
  readonly calls: 'many' | 'one' | 'none'
  /** Arguments of calls in the history: an object, or JSON text. */
  readonly arguments: 'object' | 'text'
  /** The ids that it demands of calls: nine letters and digits, or `functions.name:0` and so on. */
  readonly ids?: 'short' | 'counted'
  /** `first`: more than one system message, or one further down, is refused or lost. */
  readonly system: 'any' | 'first' | 'none'
  readonly knowsDeveloper: boolean
  /** What else it refuses or loses, of conversations that are all right. */
  readonly turns: TurnTraits
  /** The content of a message without any: some templates ask for `null`, the others break on it. */
  readonly emptyContent: '' | null
  /** `three`: the variable `reasoning_effort` is low, medium or high; `switch`: no_think, low or high. */
  readonly efforts: 'any' | 'three' | 'switch'
}
