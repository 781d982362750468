// Decodes one input in each way that there is, and prints how alike the vectors are: a process of its own, since native code
// can end it. Arguments: the folder of the libraries, the native step, the model.
import { openAddon } from '../../src/runtimes/llama-cpp/addon.ts'
import { openNativeStep } from '../../src/runtimes/llama-cpp/native-step.ts'

const [folder = '', path = '', file = ''] = process.argv.slice(2)
const addon = await openAddon(folder, () => {})
const step = openNativeStep({ folder, version: 'custom', step: path }, (problem) => console.error(problem))
if (!step) throw new Error('there is no native step')
const model = new addon.AddonModel(file, { addonExports: addon, gpuLayers: 0, useMmap: true })
await model.init()
const context = new addon.AddonContext(model, {
  contextSize: 512,
  batchSize: 512,
  sequences: 1,
  threads: 1,
  flashAttention: false,
  embeddings: true,
})
await context.init()

const tokens = Uint32Array.from([101, 4937, 7719, 2006, 1996, 13523, 102])
async function vectorAfter(decode: () => unknown): Promise<Float32Array> {
  context.disposeSequence(0)
  context.initBatch(tokens.length)
  context.addToBatch(0, 0, tokens, Uint32Array.from(tokens.keys()))
  await decode()
  return step?.vectors(context, 1)[0] ?? new Float32Array()
}
const length = (vector: Float32Array) => Math.hypot(...vector)
const cosine = (left: Float32Array, right: Float32Array) =>
  left.reduce((sum, value, index) => sum + value * (right[index] ?? 0), 0) / (length(left) * length(right))

const plain = await vectorAfter(() => context.decodeBatch())
const finished: boolean[] = []
const lone = await vectorAfter(() => finished.push(step.decodeOn(context, 2, 60_000)))
const givenUp = await vectorAfter(async () => {
  finished.push(step.decodeOn(context, 2, 0))
  await context.decodeBatch()
})
const again = await vectorAfter(() => finished.push(step.decodeOn(context, 2, 60_000)))
console.log(JSON.stringify({ finished, cosines: [lone, givenUp, again].map((vector) => cosine(plain, vector)) }))
process.exit(0)
