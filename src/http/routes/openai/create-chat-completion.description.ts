import { idleInChat, listNames, refusedInChat } from '../../../protocol/openai/extensions.ts'

/** What the document says of chat completions. The lists are those that requests are checked with. */
export const chatDescription = `Continues a conversation with the model's own chat template, whole or as server-sent events.

While the model loads, while the request waits for its turn and while the prompt is read, a stream carries comments
(\`: loading 42%\`, \`: queued 3\`, \`: reading 512/2048\`). An error that comes later than that is an event of its own,
\`data: {"error": …}\`, and the stream ends without \`[DONE]\`. A prompt that does not fit into the context is refused, never
cut.

**Several answers.** \`n\` answers are generated in as many slots as the model has and other requests leave; choices of a
stream come interleaved, told apart by their \`index\`. The prompt counts once in \`usage\`. With a \`seed\` each answer has
one of its own: \`seed\`, \`seed\` + 1 …

**Formats.** What \`response_format\`, \`json_schema\`, \`grammar\`, \`structured_outputs\` or \`guided_*\` (the last two as in
vLLM) asks for, the answer always is, be it cut by \`max_tokens\`: it is closed then. How many of its tokens were forced is
\`timings.forced_n\`. \`strict: false\` is no less strict. A schema that cannot be held is refused, with the path of the keyword.

**Tools.** Functions only. Arguments always parse; they validate against the schema where the function is \`strict\` or must
be called. In the history, the results of calls stand right behind the message that makes them, one each; arguments are JSON
objects. \`functions\` and \`function_call\` are answered in the old form.

**Thinking.** What a model thinks before it answers is \`reasoning_content\`, apart from \`content\`; its tokens are counted in
\`completion_tokens_details.reasoning_tokens\`. \`reasoning_budget\` (also \`reasoning_budget_tokens\`,
\`thinking_budget_tokens\`, \`thinking_token_budget\`, \`thinking_budget\`, \`reasoning.max_tokens\`,
\`thinking.budget_tokens\`) ends it after so many tokens.

**Prefill.** A last message of the assistant is continued, unless \`continue_final_message\` is false or
\`add_generation_prompt\` is true.

**Chances.** \`logprobs\` are of the model's own distribution over the whole vocabulary, before any sampling option.

**Refused**, where the value would change the answer: ${listNames(refusedInChat)}; parts of messages that are not text; and
every parameter that is not known.

**Accepted without effect**: ${listNames(idleInChat)}, \`user\`, \`store\` (nothing of a chat completion is kept),
\`service_tier\` (the answer says \`default\`), \`metadata\` (checked, given back, not kept), \`stream_options.include_obfuscation\`,
\`response_format.json_schema.description\` and \`strict\`, and of Ollama's \`options\` those that say how a model is loaded.`
