import { presetNames, providerVariable } from '../core/provider-names.ts'
import type { FallbackSection, ProviderSection } from './config.ts'
import type { Environment } from './environment.ts'
import { nearestName } from './nearest-name.ts'
import type { ConfigProblem } from './problem.ts'

interface Sections {
  readonly providers: readonly ProviderSection[]
  readonly fallbacks: readonly FallbackSection[]
}

/** What can be used as it is, and is most likely not what was meant. No part of a key is repeated. Pure. */
export function providerNotes(sections: Sections, { variables }: Pick<Environment, 'variables'>): ConfigProblem[] {
  return [...sections.providers.flatMap((section) => variableLeftAside(section, variables)), ...strangeNames(sections)]
}

/** The usual variable of a key, where the entry names another place. */
function variableLeftAside(section: ProviderSection, variables: Environment['variables']): ConfigProblem[] {
  const { name, api_key_env: other, api_key_file: file } = section
  const variable = providerVariable(name, 'API_KEY')
  if (!variables[variable]?.trim() || other === variable || (other ?? file) === undefined) return []
  const place = file === undefined ? 'api_key_env' : 'api_key_file'
  return [{ path: variable, message: `it is left aside: ${place} of the provider '${name}' goes over it` }]
}

/** Fallbacks at a provider whose name is nearly one of those that there are. Any other may be a model of this machine. */
function strangeNames({ providers, fallbacks }: Sections): ConfigProblem[] {
  const known = [...presetNames, ...providers.map(({ name }) => name)]
  return fallbacks.flatMap(({ model, to }, place) =>
    [model, ...to].flatMap((name, index) => {
      const slash = name.indexOf('/')
      const before = name.slice(0, Math.max(0, slash))
      const near = slash < 1 || known.includes(before) ? undefined : nearestName(before, known)
      if (near === undefined) return []
      const path = `fallbacks[${place}].${index === 0 ? 'model' : `to[${index - 1}]`}`
      return [{ path, message: `there is no provider '${before}'; did you mean '${near}${name.slice(slash)}'?` }]
    }),
  )
}
