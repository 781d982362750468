import { configSchema } from './config.ts'

/** The JSON Schema of config.yaml, for editors. Draft 7, which they all read. */
export const renderSchema = (): string =>
  `${JSON.stringify({ $schema: 'http://json-schema.org/draft-07/schema#', ...configSchema }, undefined, 2)}\n`
