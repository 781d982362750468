import { SeededRandom } from '../../../test/seeded-random.ts'

const words =
  `time year people way day man thing woman life child world school state family student group country problem
hand part place case week company system program question work government number night point home water room mother area
money story fact month lot right study book eye job word business issue side kind head house service friend father power
hour game line end member law car city community name president team minute idea body information back parent face
others level office door health person art war history party result change morning reason research girl guy moment air
teacher force education river forest garden market letter street window paper music plan road table glass stone wind`
    .split(/\s+/)
    .filter((word) => word !== '')

/**
 * English words in sentences, the same for the same seed and different from the first word on for another. A word or a full
 * stop is about one token, so the text has about as many tokens as asked for.
 */
export function randomText(seed: number, tokens: number): string {
  const random = new SeededRandom(seed * 7919 + 1)
  const sentences: string[] = []
  for (let left = tokens; left > 0; ) {
    const length = Math.min(left - 1, random.between(7, 14))
    const sentence = Array.from({ length: Math.max(1, length) }, () => random.pick(words)).join(' ')
    sentences.push(`${sentence[0]?.toUpperCase()}${sentence.slice(1)}.`)
    left -= length + 1
  }
  return sentences.join(' ')
}
