/** What the provider of the examples answers. */
const usage = { prompt_tokens: 9, completion_tokens: 3, total_tokens: 12 }
const head = { id: 'chatcmpl-1', created: 1_770_000_000, model: 'small' }

export const chatReply = {
  ...head,
  object: 'chat.completion',
  choices: [{ index: 0, message: { role: 'assistant', content: 'Hello there!' }, finish_reason: 'stop' }],
  usage,
}
export const chatChunk = {
  ...head,
  object: 'chat.completion.chunk',
  choices: [{ index: 0, delta: { role: 'assistant', content: 'Hello there!' }, finish_reason: null }],
}
export const noChunk = {
  ...head,
  object: 'chat.completion.chunk',
  choices: [{ index: 0, delta: {}, finish_reason: 'stop' }],
}
/** Comes where the usage was asked for. */
export const usageChunk = { ...head, object: 'chat.completion.chunk', choices: [], usage }

const text = { index: 0, text: ' there!', finish_reason: 'stop', logprobs: null }
export const textReply = { ...head, object: 'text_completion', choices: [text], usage }
export const textChunk = { ...head, object: 'text_completion', choices: [text] }

export const vectorReply = {
  object: 'list',
  model: 'small',
  data: [{ object: 'embedding', index: 0, embedding: [0.6, 0.8] }],
  usage: { prompt_tokens: 3, total_tokens: 3 },
}

export const responseReply = {
  id: 'resp_1',
  object: 'response',
  created_at: 1_770_000_000,
  model: 'small',
  status: 'completed',
  output: [
    {
      type: 'message',
      id: 'msg_1',
      role: 'assistant',
      status: 'completed',
      content: [{ type: 'output_text', text: 'Hello there!', annotations: [] }],
    },
  ],
  usage: { input_tokens: 9, output_tokens: 3, total_tokens: 12 },
}
export const responseEvents = [
  { type: 'response.output_text.delta', sequence_number: 0, item_id: 'msg_1', delta: 'Hello there!' },
  { type: 'response.completed', sequence_number: 1, response: responseReply },
] as const

export const fileReply = { id: 'file-1', object: 'file', bytes: 120, filename: 'notes.jsonl', purpose: 'batch' }
