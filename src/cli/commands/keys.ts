import type { Config } from '../../config/config.ts'
import type { ApiKey, ApiKeyStore, MadeKey } from '../../store/api-keys.ts'
import type { Command, CommandContext } from '../command.ts'
import { reportProblems } from '../report-problems.ts'

const actions = ['create', 'list', 'revoke', 'rotate', 'remove'] as const
type Action = (typeof actions)[number]

/** Makes and takes away the API keys that a server asks for. A running server notices within a second. */
export const keysCommand: Command = {
  name: 'keys',
  group: 'The server',
  summary: 'Make, list and take away the API keys that a server asks for',
  usage: 'create|list|revoke ID|rotate ID|remove ID [OPTIONS]',
  details:
    `As soon as there is a key, servers with the same store_path ask for one, at the latest a second later and without a
restart. create prints the key on standard output, once: only a digest of it is kept. revoke refuses a key from now on; rotate
gives it another secret and takes the old one away at once; remove forgets it, and when the last one is gone no key is asked for
any more. ID is an id or a name. Clients send Authorization: Bearer KEY.`.replaceAll('\n', ' '),
  examples: [
    { line: 'hearth keys create --name laptop', does: 'a key for inference' },
    { line: 'hearth keys create --name grafana --scope read --expires 90d', does: 'one for an onlooker' },
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
    { name: 'models', value: 'MODELS', summary: 'create: the models that it may use, with commas. Default: all.' },
    { name: 'json', summary: 'Print JSON.' },
  ],
  takesOptions: ['store_path'],
  operands: [1, 2],
  completes: actions,
  run: runKeys,
}

async function runKeys(context: CommandContext): Promise<number> {
  const [{ readConfig }, { readKeyWish }] = await Promise.all([
    import('../read-config.ts'),
    import('../keys/read-key-wish.ts'),
  ])
  const { json, name, scope, expires, models, ...flags } = context.flags
  const { config, problems } = readConfig({ ...context, flags })
  const [word, which] = context.operands
  const action = actions.find((each) => each === word)
  const given = { name, scope, expires, models }
  const wish = readKeyWish(given, Date.now())
  const wrong = action ? misuse(action, which, given) : [{ path: word ?? '', message: `expected ${listed(actions)}` }]
  const ofWish = action === 'create' ? wish.problems : []
  if (reportProblems([...problems, ...wrong, ...ofWish], context) || !action) return 2
  const act = async (store: ApiKeyStore) => {
    if (action === 'create') return await tellMade(store.create(wish.wish), { context, json, config })
    if (action === 'rotate') return await tellMade(store.rotate(which ?? ''), { context, json, config })
    if (action === 'list') return await tellAll(store.list(), context, json)
    return await tellOne(action === 'revoke' ? store.revoke(which ?? '') : store.remove(which ?? ''), {
      action,
      context,
      json,
    })
  }
  const { composeApiKeyStore } = await import('../../compose-keys.ts')
  using store = composeApiKeyStore(config)
  return await act(store)
}

const listed = (words: readonly string[]) => `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`

/** What was said that the action has no use for, or was not said that it needs. */
function misuse(action: Action, which: string | undefined, given: Readonly<Record<string, string | undefined>>) {
  const wantsOne = action !== 'create' && action !== 'list'
  const flags = Object.keys(given).filter((name) => action !== 'create' && given[name] !== undefined)
  return [
    ...(wantsOne && which === undefined
      ? [{ path: '', message: `an argument is missing: hearth keys ${action} ID` }]
      : []),
    ...(!wantsOne && which !== undefined ? [{ path: which, message: `${action} takes no name here` }] : []),
    ...flags.map((name) => ({ path: `--${name}`, message: `${action} does not take it; only create does` })),
  ]
}

interface Telling {
  readonly context: CommandContext
  readonly json: string | undefined
}

/** The secret alone goes to standard output, so that a script can take it from there. */
async function tellMade(
  { key, secret }: MadeKey,
  { context, json, config }: Telling & { config: Config },
): Promise<number> {
  const { toPlainKey, describeKey } = await import('../keys/show-keys.ts')
  const { write, writeError } = context
  if (json === 'true') {
    write(`${JSON.stringify({ ...toPlainKey(key, Date.now()), key: secret }, undefined, 2)}\n`)
    return 0
  }
  write(`${secret}\n`)
  writeError(`${describeKey(key)}\nThis is the only time that the key is shown: keep it now.\n`)
  if (config.require_key === 'never')
    writeError('Servers with this configuration ask for no key: require_key is never.\n')
  return 0
}

async function tellAll(keys: readonly ApiKey[], { write, writeError }: CommandContext, json?: string): Promise<number> {
  const { keyTable, toPlainKey } = await import('../keys/show-keys.ts')
  if (json === 'true')
    write(
      `${JSON.stringify(
        keys.map((key) => toPlainKey(key, Date.now())),
        undefined,
        2,
      )}\n`,
    )
  else if (keys.length > 0) write(keyTable(keys, Date.now()))
  else writeError('There is no API key. `hearth keys create` makes one, and from then on servers ask for it.\n')
  return 0
}

async function tellOne(
  key: ApiKey,
  { action, context, json }: Telling & { action: 'revoke' | 'remove' },
): Promise<number> {
  const { toPlainKey } = await import('../keys/show-keys.ts')
  if (json === 'true') context.write(`${JSON.stringify(toPlainKey(key, Date.now()), undefined, 2)}\n`)
  else context.write(`The key '${key.name}' (${key.id}) is ${action === 'revoke' ? 'revoked' : 'forgotten'}.\n`)
  return 0
}
