import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type FakeUpstream, startFakeUpstream } from '../../test/fakes/fake-upstream.ts'
import { type RunResult, run } from '../../test/run.ts'
import { type Hearth, startHearth } from '../../test/start-hearth.ts'
import { projectFolder } from '../project-folder.ts'
import { upstreamPieces } from './requests.ts'
import { writeConfig } from './unrest.ts'

/** A server with keys and a configuration that is watched, and two others that it hands requests on to. */
export interface Scene extends AsyncDisposable {
  readonly hearth: Hearth
  readonly upstreams: readonly FakeUpstream[]
  readonly configPath: string
  readonly keys: { readonly full: string; readonly limited: string }
  /** Sends JSON, or asks where there is none, with the key for everything. */
  post(path: string, body?: object): Promise<{ readonly status: number; readonly text: string }>
}

const fullKey = 'soak-key-for-everything-0123456789'

/** Requests to models that the lesser key may send in a minute. */
export const limitedRequests = 15

export async function startScene(flags: readonly string[]): Promise<Scene> {
  const home = mkdtempSync(join(tmpdir(), 'hearth-soak-'))
  const environment = { PATH: process.env.PATH ?? '', HOME: home, HEARTH_HOME: home, ALLOWED_API_KEYS: fullKey }
  const configPath = join(home, 'config.yaml')
  const options = { models: ['fake'], pieces: upstreamPieces }
  const upstreams = [await startFakeUpstream(options), await startFakeUpstream(options)]
  writeConfig(configPath, upstreams)
  const limited = await makeKey(environment)
  const hearth = await startHearth({ flags: ['--config', configPath, ...flags], environment })
  return {
    hearth,
    upstreams,
    configPath,
    keys: { full: fullKey, limited },
    post: (path, body) => ask(hearth.url + path, body),
    async [Symbol.asyncDispose]() {
      await Promise.all(upstreams.map((upstream) => upstream[Symbol.asyncDispose]()))
      rmSync(home, { recursive: true, force: true })
    },
  }
}

async function ask(url: string, body?: object): Promise<{ readonly status: number; readonly text: string }> {
  const headers = { authorization: `Bearer ${fullKey}`, 'content-type': 'application/json', connection: 'close' }
  const response = await fetch(url, { headers, ...(body && { method: 'POST', body: JSON.stringify(body) }) })
  return { status: response.status, text: await response.text() }
}

async function makeKey(environment: Readonly<Record<string, string>>): Promise<string> {
  const command = [process.execPath, join(projectFolder, 'src', 'main.ts'), 'keys', 'create'] as const
  const wish = ['--name', 'limited', '--requests-per-minute', `${limitedRequests}`, '--json']
  const result: RunResult = await run([...command, ...wish], { environment })
  if (result.code !== 0) throw new Error(`There is no key: ${result.output}`)
  return (JSON.parse(result.standardOutput) as { readonly key: string }).key
}
