import { isGroup } from '../core/is-group.ts'
import { addressProblem } from '../core/provider-address.ts'
import { reservedNames } from '../core/provider-names.ts'
import { entriesOf, isText, type ValueProblem } from './check-value.ts'

type Entry = Record<string, unknown>

/** What schemas cannot say of `providers:` and `fallbacks:`. No secret is repeated. Pure. */
export function checkProviders(values: Readonly<Record<string, unknown>>): ValueProblem[] {
  return [...entriesOf(values.providers).flatMap(checkProvider), ...repeatedNames(values), ...checkFallbacks(values)]
}

function checkProvider(entry: Entry, place: number): ValueProblem[] {
  const at = (...steps: (string | number)[]) => ['providers', place, ...steps]
  const reserved = reservedNames.includes(String(entry.name))
    ? [{ path: at('name'), message: `'${entry.name}' begins paths of this server; choose another name` }]
    : []
  const both =
    isText(entry.api_key_env) && isText(entry.api_key_file)
      ? [{ path: at('api_key_file'), message: 'the key stands in one place: leave out this, or api_key_env' }]
      : []
  const onlyNamed =
    entry.only_models === true && !(isGroup(entry.models) && Object.keys(entry.models).length > 0)
      ? [{ path: at('only_models'), message: 'there is nothing that it leaves: name models under `models`' }]
      : []
  return [
    ...reserved,
    ...both,
    ...onlyNamed,
    ...addressesOf(entry, at),
    ...headersOf(entry, at),
    ...keyHeader(entry, at),
  ]
}

type At = (...steps: (string | number)[]) => ValueProblem['path']

function addressesOf({ base_url }: Entry, at: At): ValueProblem[] {
  const list = Array.isArray(base_url) ? base_url : [base_url]
  return list.flatMap((url, place) => {
    const message = isText(url) && /^https?:\/\//i.test(url) ? addressProblem(url) : undefined
    return message ? [{ path: Array.isArray(base_url) ? at('base_url', place) : at('base_url'), message }] : []
  })
}

/** Headers that we set ourselves, or that belong to one connection. */
const ownHeaders = [
  'host',
  'content-length',
  'transfer-encoding',
  'connection',
  'accept-encoding',
  'te',
  'upgrade',
  'expect',
  'content-type',
  'x-request-id',
]

/** Headers that carry secrets, which have their own place. */
const secretHeaders = ['authorization', 'proxy-authorization', 'api-key', 'x-api-key', 'cookie']

function headersOf({ headers }: Entry, at: At): ValueProblem[] {
  if (!isGroup(headers)) return []
  return Object.entries(headers).flatMap(([name, value]) => {
    const message = headerProblem(name, value)
    return message ? [{ path: at('headers', name), message }] : []
  })
}

/** A key in a header that is set for something else would never arrive, or break the request. */
function keyHeader({ api_key_header, headers }: Entry, at: At): ValueProblem[] {
  if (!isText(api_key_header)) return []
  const name = api_key_header.toLowerCase()
  const isTwice = isGroup(headers) && Object.keys(headers).some((each) => each.toLowerCase() === name)
  const message = isTwice
    ? 'it stands under `headers` too, where the key would take its place'
    : 'the server sets this header for something else; name the one that the provider reads its key from'
  return isTwice || ownHeaders.includes(name) ? [{ path: at('api_key_header'), message }] : []
}

function headerProblem(name: string, value: unknown): string | undefined {
  const small = name.toLowerCase()
  if (!/^[!#$%&'*+.^_`|~0-9a-z-]+$/.test(small)) return 'a header cannot be called so'
  if (ownHeaders.includes(small)) return 'the server sets this header itself; leave it out'
  if (secretHeaders.includes(small))
    return 'a key does not stand here: name it with api_key_env or api_key_file, and its header with api_key_header'
  if (isText(value) && !/^[\t\x20-\x7e]*$/.test(value)) return 'it has a character that a header cannot carry'
  return undefined
}

function repeatedNames(values: Readonly<Record<string, unknown>>): ValueProblem[] {
  const names = entriesOf(values.providers).map(({ name }) => name)
  return names.flatMap((name, place) =>
    isText(name) && names.indexOf(name) < place
      ? [{ path: ['providers', place, 'name'], message: `the provider '${name}' has an entry above` }]
      : [],
  )
}

/** Every model has one list, and following the lists never leads back. */
function checkFallbacks(values: Readonly<Record<string, unknown>>): ValueProblem[] {
  const entries = entriesOf(values.fallbacks)
  const targets = new Map<string, readonly string[]>()
  return entries.flatMap(({ model, to }, place): ValueProblem[] => {
    if (!isText(model) || !Array.isArray(to)) return []
    const at = ['fallbacks', place]
    if (targets.has(model)) return [{ path: [...at, 'model'], message: `the model '${model}' has an entry above` }]
    const names = to.filter(isText)
    const repeated = to.findIndex((name, index) => to.indexOf(name) < index)
    const back = names.findIndex((name) => leadsTo(name, model, targets))
    targets.set(model, names)
    if (back >= 0) return [{ path: [...at, 'to', back], message: `'${names[back]}' leads back to '${model}'` }]
    return repeated >= 0 ? [{ path: [...at, 'to', repeated], message: `'${to[repeated]}' stands there twice` }] : []
  })
}

function leadsTo(from: string, model: string, targets: ReadonlyMap<string, readonly string[]>): boolean {
  const [open, seen] = [[from], new Set<string>()]
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    if (name === model) return true
    if (!seen.has(name)) open.push(...(targets.get(name) ?? []))
    seen.add(name)
  }
  return false
}
