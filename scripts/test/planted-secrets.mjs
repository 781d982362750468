// Secrets that tests give to servers, and what looks like one: nothing that a server has written may hold any of it.

/** Made up, and nowhere else. Each is long enough that chance does not write it. */
export const plantedSecrets = {
  hubToken: 'hf_PlantedHubTokenThatNobodyMayWrite',
  allowedKey: 'planted-allowed-key-that-nobody-may-write',
  providerKey: 'planted-provider-key-that-nobody-may-write',
  unknownKey: 'planted-unknown-key-that-nobody-may-write',
  prompt: 'PlantedPromptWordThatNobodyMayWrite',
  answer: 'PlantedAnswerWordThatNobodyMayWrite',
}

/** Keys that `hearth keys create` makes, whole, and the header that carries one. */
const shapes = [/sk-hearth-[0-9A-Za-z]{49}/, /\bbearer [A-Za-z0-9._~+/-]{12,}/i]

/** What of it stands in a text: the secrets, each once. */
export function secretsIn(text) {
  const planted = Object.values(plantedSecrets).filter((secret) => text.includes(secret))
  return [...planted, ...shapes.flatMap((shape) => shape.exec(text)?.[0] ?? [])]
}
