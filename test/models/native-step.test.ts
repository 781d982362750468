import { describe, expect, test } from 'bun:test'
import { execFile } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { buildOwnNativeStep } from '../../scripts/build/native-step.ts'
import { ownTarget } from '../../scripts/build/targets.ts'
import type { SamplingOptions } from '../../src/core/generation.ts'
import { IsolatedModel } from '../../src/runtimes/isolated/isolated-model.ts'
import { openNativeStep } from '../../src/runtimes/llama-cpp/native-step.ts'
import { generate, requestOf } from '../conformance/generate.ts'
import { realModels } from '../real-models.ts'
import { librariesWithoutStep, realEntry, realRuntime } from './real-runtime.ts'

const target = ownTarget()
const built = target ? buildOwnNativeStep(target) : { missing: 'a target' }

/** Ticks of 10 ms that each thread of a process has worked; that of its JavaScript has the process's own number. */
function threadTicks(processId: number): ReadonlyMap<string, number> {
  const folder = `/proc/${processId}/task`
  return new Map(
    readdirSync(folder).map((thread) => {
      const stat = readFileSync(`${folder}/${thread}/stat`, 'utf8')
      const fields = (/\) (.*)$/s.exec(stat)?.[1] ?? '').split(' ')
      return [thread, Number(fields[11]) + Number(fields[12])]
    }),
  )
}

const load = async (nativeFolder?: string) => {
  const entry = await realEntry({ path: (await realModels()).chat, kind: 'chat' })
  const model = await realRuntime(nativeFolder ? { nativeFolder } : {}).load(entry, {
    signal: new AbortController().signal,
  })
  if (!(model instanceof IsolatedModel)) throw new Error('the model has no process')
  return model
}

/** One of each way to choose a token: the largest logit, by chance, and with everything that changes logits. */
const samplings: readonly SamplingOptions[] = [
  { temperature: 0, topP: 1, topK: 0, minP: 0 },
  { temperature: 0.9, topP: 0.9, topK: 30, minP: 0.02, seed: 7 },
  {
    temperature: 1,
    topP: 1,
    topK: 0,
    minP: 0,
    seed: 11,
    repeatPenalty: { penalty: 1.2, lastTokens: 64 },
    frequencyPenalty: 0.5,
    logitBias: [[198, -100]],
  },
]

describe.skipIf('missing' in built || process.platform !== 'linux')('the native step', () => {
  test('chooses the tokens that the addon would choose', async () => {
    await using plain = await load(await librariesWithoutStep())
    await using stepped = await load()
    for (const sampling of samplings) {
      const request = requestOf('Tell me about the sea.', { maxTokens: 24, sampling })
      const { text } = await generate(stepped, request)
      expect(text).not.toBe('')
      expect(text).toBe((await generate(plain, request)).text)
    }
  }, 60_000)

  test('decodes on the thread of the JavaScript', async () => {
    await using model = await load()
    await generate(model, requestOf('Hello', { maxTokens: 1 }))
    const processId = model.processId ?? 0
    const before = threadTicks(processId)
    await generate(model, requestOf('Tell me a story.', { maxTokens: 64 }))
    const worked = [...threadTicks(processId)].map(
      ([thread, ticks]) => [thread, ticks - (before.get(thread) ?? 0)] as const,
    )
    const own = worked.find(([thread]) => thread === String(processId))?.[1] ?? 0
    // Each of ggml's threads works as long as the one that decodes; on a pool's thread ours would rest meanwhile.
    expect(own).toBeGreaterThan(0.6 * Math.max(...worked.map(([, ticks]) => ticks)))
    expect(own).toBeGreaterThan(4)
  }, 60_000)

  test('decodes with more threads than the context has, gives up when it is late, and leaves all as it was', async () => {
    const [folder, path] = [await librariesWithoutStep(), 'path' in built ? built.path : '']
    const script = join(import.meta.dir, 'lone-decode-child.ts')
    const { embedding } = await realModels()
    const { stdout } = await promisify(execFile)(process.execPath, [script, folder, path, embedding])
    const { finished, cosines } = JSON.parse(stdout) as { finished: boolean[]; cosines: number[] }
    expect(finished).toEqual([true, false, true])
    expect(Math.min(...cosines)).toBeGreaterThan(0.99999)
  }, 60_000)

  test('is left out, and that is told, where it does not fit', async () => {
    const folder = await librariesWithoutStep()
    const problems: string[] = []
    const open = (version: string) => {
      const step = 'path' in built ? built.path : ''
      return openNativeStep({ folder, version, step }, (problem) => problems.push(problem))
    }
    // The addon is not loaded in this process, so nothing that the module needs is there.
    expect(open('3.22.1')).toBeUndefined()
    expect(openNativeStep({ folder, version: 'custom' }, (problem) => problems.push(problem))).toBeUndefined()
    expect(problems).toHaveLength(1)
    expect(problems[0]).toContain('is left out')
  })
})
