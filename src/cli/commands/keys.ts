import type { Config } from '../../config/config.ts'
import type { ConfigProblem } from '../../config/problem.ts'
import { presetNames } from '../../core/provider-names.ts'
import type { ApiKey, ApiKeyStore, MadeKey } from '../../store/api-keys.ts'
import type { Command, CommandContext } from '../command.ts'
import { reportProblems } from '../report-problems.ts'

const limits = ['requests-per-minute', 'tokens-per-minute', 'tokens-per-day'] as const

/** What each action takes: one key, by its id or name, and flags. */
const actions = {
  create: { key: 'none', flags: ['name', 'scope', 'expires', 'models', ...limits] },
  list: { key: 'none', flags: [] },
  limit: { key: 'one', flags: limits },
  usage: { key: 'optional', flags: ['days'] },
  revoke: { key: 'one', flags: [] },
  rotate: { key: 'one', flags: [] },
  remove: { key: 'one', flags: [] },
} as const satisfies Record<string, { readonly key: 'none' | 'one' | 'optional'; readonly flags: readonly string[] }>
type Action = keyof typeof actions

/** Makes and takes away the API keys that a server asks for. A running server notices within a second. */
export const keysCommand: Command = {
  name: 'keys',
  group: 'The server',
  summary: 'Make, list, limit and take away the API keys that a server asks for, and show what they used',
  usage: 'create|list|limit ID|usage [ID]|revoke ID|rotate ID|remove ID [OPTIONS]',
  details:
    `As soon as there is a key, servers with the same store_path ask for one, at the latest a second later and without a
restart. create prints the key on standard output, once: only a digest of it is kept. limit changes what a key may use; a key without
limits of its own has requests_per_minute and tokens_per_minute of the configuration, as those of ALLOWED_API_KEYS have. A limit of so
many a minute lets as many come at once, and then one after the other, evenly; tokens count once they were used, those of prompts
among them. usage shows what keys have used, by days (UTC) and models; it is kept for 90 days, and a running server writes it every two
seconds. revoke refuses a key from now on; rotate gives it another secret and takes the old one away at once; remove forgets it and
its use, and when the last one is gone no key is asked for any more, unless the server listens for others. ID is an id or a name. Clients
send Authorization: Bearer KEY.`.replaceAll('\n', ' '),
  examples: [
    { line: 'hearth keys create --name laptop', does: 'a key for inference' },
    { line: 'hearth keys create --name grafana --scope read --expires 90d', does: 'one for an onlooker' },
    { line: 'hearth keys create --name guest --requests-per-minute 20 --tokens-per-day 100000', does: 'with limits' },
    { line: 'hearth keys limit guest --tokens-per-day none', does: 'any number a day from now on' },
    { line: 'hearth keys usage guest --days 7', does: 'what it used in the last week' },
    { line: 'hearth keys rotate laptop', does: 'another secret for it' },
  ],
  flags: [
    { name: 'name', value: 'NAME', summary: 'create: what the key is called. Default: its id.' },
    {
      name: 'scope',
      value: 'SCOPES',
      summary:
        'create: inference, read (what the server does) or admin (everything), or several with commas. Default: inference.',
    },
    { name: 'expires', value: 'TIME', summary: 'create: 12h, 30d, 8w, or a date as 2027-01-31 (UTC). Default: never.' },
    {
      name: 'models',
      value: 'MODELS',
      summary: 'create: the models that it may use, with commas; provider/* for all of a provider. Default: all.',
    },
    {
      name: 'requests-per-minute',
      value: 'COUNT',
      summary: 'create, limit: requests to models. none: any number. default: what the configuration says.',
    },
    {
      name: 'tokens-per-minute',
      value: 'COUNT',
      summary: 'create, limit: tokens, read and written. none: any number. default: what the configuration says.',
    },
    { name: 'tokens-per-day', value: 'COUNT', summary: 'create, limit: the same by the day, in UTC. Default: none.' },
    { name: 'days', value: 'COUNT', summary: 'usage: so many days, today among them. Default: 30.' },
    { name: 'json', summary: 'Print JSON.' },
  ],
  takesOptions: ['store_path'],
  operands: [1, 2],
  completes: Object.keys(actions),
  run: runKeys,
}

/** What was asked for, as far as it could be understood. */
interface Asked extends Telling {
  readonly action: Action
  readonly which: string
  readonly config: Config
}

interface Telling {
  readonly context: CommandContext
  readonly json: string | undefined
}

async function runKeys(context: CommandContext): Promise<number> {
  const [{ readConfig }, { readAsked }] = await Promise.all([
    import('../read-config.ts'),
    import('../keys/read-asked.ts'),
  ])
  const { json, ...rest } = context.flags
  const own = new Set<string>(Object.values(actions).flatMap(({ flags }) => flags))
  const given = Object.fromEntries(Object.entries(rest).filter(([name]) => own.has(name)))
  const flags = Object.fromEntries(Object.entries(rest).filter(([name]) => !own.has(name)))
  const { config, problems } = readConfig({ ...context, flags })
  const [word = '', which = ''] = context.operands
  const action = isAction(word) ? word : undefined
  const wrong = action
    ? misuse(action, which, given)
    : [{ path: word, message: `expected ${listed(Object.keys(actions))}` }]
  const asked = readAsked(given, Date.now())
  if (reportProblems([...problems, ...wrong, ...(action ? asked.problems : [])], context) || !action) return 2
  const { composeApiKeyStore } = await import('../../compose-keys.ts')
  using store = composeApiKeyStore(config)
  const told = { action, which, config, context, json }
  if (action === 'create') return await tellMade(store.create(asked.wish), told)
  if (action === 'rotate') return await tellMade(store.rotate(which), told)
  if (action === 'list') return await tellAll(store.list(), told)
  if (action === 'usage') return await tellUsage(store, { ...told, from: asked.from })
  if (action === 'limit') return await tellOne(store.limit(which, asked.change), told)
  return await tellOne(action === 'revoke' ? store.revoke(which) : store.remove(which), told)
}

const isAction = (word: string): word is Action => Object.hasOwn(actions, word)
const listed = (words: readonly string[]) => `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`

/** What was said that the action has no use for, or was not said that it needs. */
function misuse(
  action: Action,
  which: string,
  given: Readonly<Record<string, string | undefined>>,
): readonly ConfigProblem[] {
  const { key, flags } = actions[action]
  const strange = Object.keys(given).filter((name) => !(flags as readonly string[]).includes(name))
  const isIdle = action === 'limit' && Object.keys(given).length === 0
  return [
    ...(key === 'one' && which === ''
      ? [{ path: '', message: `an argument is missing: hearth keys ${action} ID` }]
      : []),
    ...(key === 'none' && which !== ''
      ? [
          {
            path: which,
            message: `${action} takes no name here${action === 'create' ? `; write --name ${which}` : ''}`,
          },
        ]
      : []),
    ...strange.map((name) => ({ path: `--${name}`, message: `${action} does not take it; only ${takers(name)}` })),
    ...(isIdle ? [{ path: '', message: `say which limit: ${listed(limits.map((name) => `--${name} COUNT`))}` }] : []),
  ]
}

function takers(flag: string): string {
  const names = Object.entries(actions).filter(([, { flags }]) => (flags as readonly string[]).includes(flag))
  return names.length === 1 ? `${names[0]?.[0]} does` : `${names.map(([name]) => name).join(' and ')} do`
}

const jsonText = (value: unknown) => `${JSON.stringify(value, undefined, 2)}\n`

/** The secret alone goes to standard output, so that a script can take it from there. */
async function tellMade({ key, secret }: MadeKey, { context, json, config }: Asked): Promise<number> {
  const { toPlainKey, describeKey } = await import('../keys/show-keys.ts')
  const { write, writeError } = context
  if (json === 'true') {
    write(jsonText({ ...toPlainKey(key, Date.now()), key: secret }))
    return 0
  }
  write(`${secret}\n`)
  writeError(`${describeKey(key)}\nThis is the only time that the key is shown: keep it now.\n`)
  const providers = new Set<string>([...presetNames, ...config.providers.map(({ name }) => name)])
  for (const name of key.models?.filter((model) => providers.has(model)) ?? [])
    writeError(`'${name}' is the name of a provider: ${name}/* stands for all of its models.\n`)
  if (config.require_key === 'never')
    writeError('Servers with this configuration ask for no key: require_key is never.\n')
  return 0
}

async function tellAll(keys: readonly ApiKey[], { context, json }: Telling): Promise<number> {
  const { keyTable, toPlainKey } = await import('../keys/show-keys.ts')
  if (json === 'true') context.write(jsonText(keys.map((key) => toPlainKey(key, Date.now()))))
  else if (keys.length > 0) context.write(keyTable(keys, Date.now()))
  else context.writeError('There is no API key. `hearth keys create` makes one, and from then on servers ask for it.\n')
  return 0
}

async function tellUsage(store: ApiKeyStore, asked: Asked & { readonly from: string }): Promise<number> {
  const [{ usageTable }, { usageOfKeys }, { fromUsage }] = await Promise.all([
    import('../keys/show-usage.ts'),
    import('../../store/usage-of-keys.ts'),
    import('../../http/management/from-usage.ts'),
  ])
  const { context, which, json, from } = asked
  const read = (key?: string) => store.usage({ from, ...(key !== undefined && { key }) })
  const used = usageOfKeys(read, { keys: store.list(), which: which || undefined })
  if (json === 'true') context.write(jsonText(used.map(fromUsage)))
  else if (used.length > 0) context.write(usageTable(used))
  else context.writeError(`Nothing was used with a key since ${from}.\n`)
  return 0
}

async function tellOne(key: ApiKey, { action, context, json }: Asked): Promise<number> {
  const { describeLimits, toPlainKey } = await import('../keys/show-keys.ts')
  if (json === 'true') context.write(jsonText(toPlainKey(key, Date.now())))
  else if (action === 'limit') context.write(`${describeLimits(key)}\n`)
  else context.write(`The key '${key.name}' (${key.id}) is ${action === 'revoke' ? 'revoked' : 'forgotten'}.\n`)
  return 0
}
