import { createServer } from 'node:net'
import type { Config } from '../../config/config.ts'
import { messageOf } from '../../core/errors.ts'
import { urlOf } from '../../platform/web-server.ts'
import { hearthVersion } from '../client/hearth-version.ts'
import type { OtherServer, PortState } from './facts.ts'

/** A program on this machine answers in less. */
const patienceMilliseconds = 1500

/** Who is at the address, or whether it can be had. Never rejects. */
export async function gatherPort({ host, port }: { host: string; port: number }): Promise<PortState> {
  if (port === 0) return { host, port, state: 'free' }
  const url = urlOf(reachable(host), port)
  const health = await ask(`${url}/health`)
  const version = versionOf(health?.body)
  if (version !== undefined) return { host, port, state: 'hearth', version }
  const refusal = await listen(host, port)
  if (refusal === undefined) return { host, port, state: 'free' }
  if (refusal !== 'EADDRINUSE') return { host, port, state: 'refused', detail: refusal }
  // Whoever asks for keys everywhere says what it is all the same.
  if (health && /^hearth/i.test(health.server)) return { host, port, state: 'hearth' }
  const detail = await nameOfServer(url, health)
  return { host, port, state: 'taken', ...(detail && { detail }) }
}

/** Servers of models at the ports that they have unless told otherwise. */
export async function gatherOthers(
  config: Pick<Config, 'port' | 'ollama_models' | 'lm_studio_models'>,
): Promise<readonly OtherServer[]> {
  const { ollama_models: ollama, lm_studio_models: lmStudio } = config
  const known = [
    { name: 'Ollama', port: 11434, path: '/', mark: /Ollama is running/, areModelsUsed: ollama },
    {
      name: 'LM Studio',
      port: 1234,
      path: '/lmstudio-greeting',
      mark: /"lmstudio"\s*:\s*true/,
      areModelsUsed: lmStudio,
    },
  ]
  const asked = known.map(async ({ name, port, path, mark, areModelsUsed }) => {
    const answer = port === config.port ? undefined : await ask(`http://127.0.0.1:${port}${path}`)
    return answer && mark.test(answer.body) ? [{ name, port, areModelsUsed }] : []
  })
  return (await Promise.all(asked)).flat()
}

interface Answer {
  readonly body: string
  /** The header of that name; empty: there is none. */
  readonly server: string
}

async function nameOfServer(url: string, health: Answer | undefined): Promise<string | undefined> {
  const start = await ask(`${url}/`)
  if (start && /Ollama is running/.test(start.body)) return 'Ollama'
  if (/llama\.cpp/i.test(`${health?.server} ${start?.server}`)) return 'llama-server'
  const server = (health ?? start)?.server
  if (server) return `a web server (${server.slice(0, 60)})`
  return health || start ? 'another web server' : undefined
}

async function ask(url: string): Promise<Answer | undefined> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(patienceMilliseconds), redirect: 'manual' })
    return { body: (await response.text()).slice(0, 10_000), server: response.headers.get('server') ?? '' }
  } catch {
    return undefined
  }
}

function versionOf(body: string | undefined): string | undefined {
  try {
    return hearthVersion(JSON.parse(body ?? ''))
  } catch {
    return undefined
  }
}

/** Nothing where the address can be had; else the code of the system, or what it says. */
function listen(host: string, port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? messageOf(error)))
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(undefined)))
  })
}

/** "Every address" is none that can be connected to. */
const reachable = (host: string) => ({ '0.0.0.0': '127.0.0.1', '::': '::1' })[host] ?? host
