import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { makeModelsFolder } from '../../test/real-models.ts'
import { startHearth } from '../../test/start-hearth.ts'
import { chat } from './client.ts'
import type { Sample } from './measure.ts'

/**
 * Milliseconds from the start of an executable until `/health` answers and until the first token of an answer, once with an empty
 * data folder, into which it has to unpack its libraries, and once more with what the first start left there.
 */
export async function startSamples(executable: string): Promise<readonly Sample[]> {
  const home = mkdtempSync(join(tmpdir(), 'hearth-starts-'))
  using models = await makeModelsFolder()
  try {
    const samples: Sample[] = []
    for (const which of ['first start', 'later start'])
      samples.push(...(await timeStart({ executable, home, modelsFolder: models.path, which })))
    return samples
  } finally {
    rmSync(home, { recursive: true, force: true })
  }
}

interface Start {
  readonly executable: string
  readonly home: string
  readonly modelsFolder: string
  readonly which: string
}

async function timeStart({ executable, home, modelsFolder, which }: Start): Promise<readonly Sample[]> {
  const startedAt = performance.now()
  const hearth = await startHearth({
    by: { executable },
    modelsFolder,
    environment: { HOME: home, HEARTH_HOME: home },
    flags: ['--log-level', 'warn'],
  })
  try {
    const { status } = await fetch(`${hearth.url}/health`)
    if (status !== 200) throw new Error(`/health answered ${status}`)
    const healthy = performance.now() - startedAt
    await chat(hearth.url, { text: 'Hello', maxTokens: 1 })
    const answered = performance.now() - startedAt
    return [
      { name: `${which}: to /health`, unit: 'ms', value: healthy },
      { name: `${which}: to the first token of an answer`, unit: 'ms', value: answered },
    ]
  } finally {
    await hearth.stop()
  }
}
