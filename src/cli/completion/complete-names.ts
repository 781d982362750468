import type { Environment } from '../../config/environment.ts'

/** Names of models for a shell that completes, a line each; none where the configuration is wrong. */
export async function completeNames(what: string | undefined, environment: Environment): Promise<string> {
  const [{ readConfig }, { createCatalog }] = await Promise.all([
    import('../read-config.ts'),
    import('../../models/catalog/catalog.ts'),
  ])
  const { config } = readConfig({ flags: {}, environment, problems: [] })
  const line = (name: string) => `${name}\n`
  if (what === 'pullable')
    return createCatalog(config.catalog)
      .map(({ id }) => line(id))
      .join('')
  const { openRegistry } = await import('../open-registry.ts')
  const models = await (await openRegistry(config, environment)).list()
  return models.flatMap(({ id, aliases }) => [id, ...aliases].map(line)).join('')
}
