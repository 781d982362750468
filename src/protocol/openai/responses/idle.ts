/** Parameters that are accepted and change nothing, with the reason why. */
export const idleInResponses = {
  max_tool_calls: 'it counts calls of tools that run on the server, and there are none',
  'reasoning.summary': 'what was thought is in the answer as a whole',
  'reasoning.generate_summary': 'what was thought is in the answer as a whole',
  'reasoning.context': 'the template of the model decides what it sees again',
  'text.verbosity': 'no model here knows it; say it in the instructions',
  service_tier: 'first come, first served',
  safety_identifier: 'nobody is told who asks',
  client_metadata: 'nobody is told who asks',
  user: 'nobody is told who asks',
  prompt_cache_key: 'what was read before is always looked for in memory',
  prompt_cache_options: 'what was read before is always looked for in memory',
  prompt_cache_retention: 'what was read before is always looked for in memory',
  'stream_options.include_obfuscation': 'nothing is ever padded here',
  'input[].content[].prompt_cache_breakpoint': 'what was read before is always looked for in memory',
  'include[] of tools that are not here': 'there is nothing of them to add',
} as const
