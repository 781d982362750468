import type { ConfigRequest, ReadConfig } from './read-config.ts'

/** As `readConfig`, for whoever wants to know whether a server could start so: what has to lie beside the configuration is looked at too. */
export async function readStartable(request: ConfigRequest): Promise<ReadConfig> {
  const [{ readConfig }, { keysFileProblems }] = await Promise.all([
    import('./read-config.ts'),
    import('../config/keys-file.ts'),
  ])
  const read = readConfig(request)
  const ofKeys = keysFileProblems(read.config, read.sources.allowed_api_keys_file)
  return { ...read, problems: [...read.problems, ...ofKeys] }
}
