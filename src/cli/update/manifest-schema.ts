import { type Static, Type } from '@sinclair/typebox'
import { Value } from '@sinclair/typebox/value'
import { valid } from 'semver'
import type { ReleaseManifest } from '../../core/release-manifest.ts'

const sum = Type.String({ pattern: '^[0-9a-f]{64}$' })
const bytes = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })
/** A name that can stand in an address, in a command line and on a terminal. */
const name = Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9._+-]{0,199}$' })

/** What comes from a place that may be anybody's. Later versions may say more: what is not known here is let be. */
const schema = Type.Object({
  name: Type.Literal('hearth'),
  // Without the `v` that semver would let be: it stands before it in addresses.
  version: Type.String({ pattern: '^[0-9][0-9A-Za-z.+-]{0,99}$' }),
  files: Type.Array(
    Type.Object({
      target: Type.String({ pattern: '^[a-z0-9][a-z0-9-]{0,63}$' }),
      archive: name,
      bytes,
      sha256: sum,
      executable: Type.Object({ name, bytes, sha256: sum }),
    }),
    { maxItems: 200 },
  ),
})

/** The manifest that a text is, or what is wrong with it, as a clause. Pure. */
export function parseManifest(text: string): ReleaseManifest | string {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    return 'it is no JSON'
  }
  if (!Value.Check(schema, json)) {
    const first = Value.Errors(schema, json).First()
    return `${first?.path || '/'}: ${first?.message ?? 'it is something else'}`
  }
  const manifest: Static<typeof schema> = json
  return valid(manifest.version) === null ? '/version: it is no semantic version' : manifest
}
