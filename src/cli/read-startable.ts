import type { ConfigProblem } from '../config/problem.ts'
import type { ConfigRequest, ReadConfig } from './read-config.ts'

/** As `readConfig`, for whoever wants to know whether a server could start so: what has to lie beside the configuration is looked at too. */
export async function readStartable(request: ConfigRequest): Promise<ReadConfig> {
  const [{ readConfig }, { keysFileProblems }] = await Promise.all([
    import('./read-config.ts'),
    import('../config/keys-file.ts'),
  ])
  const read = readConfig(request)
  const ofKeys = keysFileProblems(read.config, read.sources.allowed_api_keys_file)
  const notes = [...read.notes, ...(await lackingProviders(read, request))]
  return { ...read, problems: [...read.problems, ...ofKeys], notes }
}

/** The providers of the file that nobody could use now. A server starts all the same: what they lack may come. */
async function lackingProviders({ config }: ReadConfig, { environment }: ConfigRequest): Promise<ConfigProblem[]> {
  if (config.providers.length === 0) return []
  const [{ providersAtRest }, { createLog }] = await Promise.all([
    import('../compose-providers.ts'),
    import('../observe/log.ts'),
  ])
  // Whoever uses a key tells who else may read it.
  using providers = providersAtRest(config, { environment, log: createLog({ level: 'silent', format: 'json' }) })
  return config.providers.flatMap(({ name }, place) => {
    const problem = providers.find(name)?.problem
    const message = `${problem?.message} ${problem?.hint}`.replace(/\.$/, '')
    return problem ? [{ path: `providers[${place}]`, message }] : []
  })
}
