const longestPath = 1024

/** Keys as OpenAI and Hearth, Hugging Face, GitHub, Groq, xAI and Google make them. */
const keys = /(?:\bsk-|\bhf_|\bgh[opsu]_|\bgsk_|\bxai-|\bAIza)[\w-]{16,}/g

/** A path as it may be written down: somebody may have put a key into it. */
export const pathText = (path: string): string => {
  const harmless = path.replace(keys, '[key]')
  return harmless.length > longestPath ? `${harmless.slice(0, longestPath)}…` : harmless
}
