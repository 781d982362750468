import { renderSchema } from '../src/config/render-schema.ts'
import { tableMarkers, withTable } from '../src/config/render-table.ts'
import { renderYaml } from '../src/config/render-yaml.ts'
import { withCommandTable } from './generate-command-table.ts'
import { renderEndpointsPage } from './generate-endpoints-page.ts'
import { withMetricTable } from './generate-metric-table.ts'
import { withRouteTable } from './generate-route-table.ts'
import { renderRoutes } from './generate-routes.ts'

/** A committed file that a program makes, whole or in part. */
export interface GeneratedFile {
  /** Relative to the top of the project. */
  readonly file: string
  /** The whole text that the file must have. `current` is the text that it has; undefined when there is none. */
  make(current: string | undefined): string | Promise<string>
}

/** Every such file; `npm run generate` writes them, and a test compares them. */
export const generatedFiles: readonly GeneratedFile[] = [
  { file: 'config.yaml', make: renderYaml },
  { file: 'config.schema.json', make: renderSchema },
  { file: 'src/http/routes.gen.ts', make: renderRoutes },
  { file: 'docs/endpoints.md', make: renderEndpointsPage },
  { file: 'docs/observability.md', make: (current = '') => withMetricTable(current) },
  {
    file: 'README.md',
    make: async (current = `# Hearth\n\n${tableMarkers.start}\n${tableMarkers.end}\n`) =>
      withCommandTable(await withRouteTable(withTable(current))),
  },
]

/** Absolute path of a generated file. */
export const pathOf = ({ file }: GeneratedFile): URL => new URL(`../${file}`, import.meta.url)
