/** Texts to embed, and their right vectors. */
export interface SoakTexts {
  readonly inputs: readonly string[]
  /** Whether a vector, as base64 of 32-bit numbers, is that of the text at a place. */
  isVectorOf(place: number, vector: string): boolean
}

/** How far two vectors of one text may be apart: texts that are read together with others differ in their last digits. */
const leastLikeness = 0.999

/** Asks a server that has nothing else to do for the vectors of some texts. */
export async function embedTexts(
  post: (path: string, body: object) => Promise<{ readonly data: readonly { readonly embedding: string }[] }>,
): Promise<SoakTexts> {
  const nouns = ['a cat', 'the sea', 'seven', 'a house', 'winter', 'a road', 'bread', 'the moon']
  const inputs = nouns.flatMap((first) => nouns.map((second) => `${first} and ${second}`))
  const { data } = await post('/v1/embeddings', { input: inputs, encoding_format: 'base64' })
  const right = data.map(({ embedding }) => vectorOf(embedding))
  return { inputs, isVectorOf: (place, vector) => likeness(right[place], vectorOf(vector)) >= leastLikeness }
}

const vectorOf = (text: string) => {
  const bytes = Uint8Array.from(Buffer.from(text, 'base64'))
  return new Float32Array(bytes.buffer)
}

function likeness(left: Float32Array | undefined, right: Float32Array): number {
  if (left?.length !== right.length) return 0
  const dot = (a: Float32Array, b: Float32Array) => a.reduce((sum, value, index) => sum + value * (b[index] ?? 0), 0)
  return dot(left, right) / Math.sqrt(dot(left, left) * dot(right, right))
}
