/** Parameters that are refused whatever they say, with the reason why. */
export const refusedInResponses = {
  conversation: 'conversations are not kept as such; continue a response with previous_response_id',
  prompt: 'prompt templates are kept by OpenAI only; send input and instructions',
  context_management: 'nothing is ever left out of a conversation',
  moderation: 'this server does not moderate',
  access_programs: 'every model here is open to everybody who reaches the server',
  image: 'no model here reads images',
} as const
