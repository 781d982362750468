import { addressProblem } from '../core/provider-address.ts'
import { presetNames, providerVariable } from '../core/provider-names.ts'
import type { Environment } from './environment.ts'
import type { ConfigProblem } from './problem.ts'

/** What variables say of one provider. */
export interface ProviderVariables {
  /** Of the first variable that names any. */
  readonly addresses?: { readonly variable: string; readonly urls: readonly string[] }
  /** A secret. */
  readonly apiKey?: { readonly variable: string; readonly value: string }
}

/**
 * What `<NAME>_BASE_URL` (several with commas) and `<NAME>_API_KEY` say of a provider; OLLAMA_HOST too, in Ollama's own
 * spelling. An empty one is unset. `keyVariable`: where its key stands instead. Pure.
 */
export function providerVariables(
  { variables }: Pick<Environment, 'variables'>,
  provider: string,
  keyVariable?: string,
): ProviderVariables {
  // HEARTH_API_KEY and its like are for other things, and an option is meant by every other name that begins so.
  const read = (name: string) =>
    name.startsWith('HEARTH_') && name !== keyVariable ? '' : (variables[name] ?? '').trim()
  const [base, key] = [providerVariable(provider, 'BASE_URL'), keyVariable ?? providerVariable(provider, 'API_KEY')]
  const urls = read(base)
    .split(',')
    .map((url) => url.trim())
    .filter(Boolean)
  const ollama = provider === 'ollama' ? ollamaAddress(read('OLLAMA_HOST')) : undefined
  const addresses =
    urls.length > 0 ? { variable: base, urls } : ollama ? { variable: 'OLLAMA_HOST', urls: [ollama] } : undefined
  return {
    ...(addresses && { addresses }),
    ...(read(key) && { apiKey: { variable: key, value: read(key) } }),
  }
}

/** What cannot be used of them, for the providers that are known and those of these names. No part of a key is repeated. Pure. */
export function checkProviderVariables(
  { variables }: Pick<Environment, 'variables'>,
  names: readonly string[],
): { readonly problems: readonly ConfigProblem[]; readonly notes: readonly ConfigProblem[] } {
  const problems = [...new Set([...presetNames, ...names])].flatMap((name) => {
    const { addresses } = providerVariables({ variables }, name)
    const wrong = addresses?.urls.map(addressProblem).find((problem) => problem !== undefined)
    return addresses && wrong !== undefined ? [{ path: addresses.variable, message: wrong }] : []
  })
  const host = variables.OLLAMA_HOST?.trim() ?? ''
  const isLeftAside = host !== '' && ollamaAddress(host) === undefined
  const message = 'it names no address that Ollama could have, and is left aside; OLLAMA_BASE_URL goes over it'
  return { problems, notes: isLeftAside ? [{ path: 'OLLAMA_HOST', message }] : [] }
}

/**
 * OLLAMA_HOST as Ollama itself reads it: with or without scheme, host and port. An address that means "listen everywhere" is
 * reached over loopback. Undefined: it is none.
 */
function ollamaAddress(text: string): string | undefined {
  const bare = text.replace(/^["']|["']$/g, '')
  if (bare === '') return undefined
  const [, scheme, rest = ''] = /^(?:(https?):\/\/)?(.*)$/i.exec(bare) ?? []
  const [authority = '', ...path] = rest.split('/')
  const [, host = '', port] = /^(\[.*\]|[^:]*)(?::(\d*))?$/.exec(authority) ?? [undefined, `[${authority}]`]
  const shown = ['', '0.0.0.0', '[::]'].includes(host) ? '127.0.0.1' : host
  const usual = scheme === undefined ? '11434' : scheme.toLowerCase() === 'https' ? '443' : '80'
  const address = `${scheme ?? 'http'}://${shown}:${port || usual}${['', ...path].join('/')}`
  return addressProblem(address) === undefined ? address : undefined
}
