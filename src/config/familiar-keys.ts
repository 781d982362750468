/** What people write by habit, from other programs, as it is compared; of several keys the first that can stand there is meant. */
const familiar: Readonly<Record<string, readonly string[]>> = {
  apibase: ['base_url'],
  apiurl: ['base_url'],
  address: ['base_url'],
  endpoint: ['base_url'],
  host: ['base_url'],
  proxy: ['base_url'],
  url: ['base_url'],
  extraheaders: ['headers'],
  defaultheaders: ['headers'],
  customheaders: ['headers'],
  modelalias: ['models'],
  maxretries: ['retries'],
  numretries: ['retries'],
  timeout: ['first_byte_seconds', 'request_timeout_seconds'],
  requesttimeout: ['first_byte_seconds', 'request_timeout_seconds'],
  modelname: ['id', 'model'],
  name: ['id'],
  alias: ['aliases'],
  file: ['path'],
  model: ['path', 'model'],
  contextlength: ['n_ctx'],
  contextsize: ['n_ctx'],
  ctxsize: ['n_ctx'],
  numctx: ['n_ctx'],
  gpulayers: ['n_gpu_layers'],
  ngl: ['n_gpu_layers'],
  numgpu: ['n_gpu_layers'],
  numthread: ['threads'],
  nthreads: ['threads'],
  npredict: ['max_tokens'],
  numpredict: ['max_tokens'],
  nparallel: ['slots'],
  numparallel: ['slots'],
  parallel: ['slots'],
  idletimeout: ['keep_alive'],
  ttl: ['keep_alive'],
  alloworigins: ['cors_origins'],
  allowedorigins: ['cors_origins'],
  cors: ['cors_origins'],
  corsalloworigins: ['cors_origins'],
  loglevel: ['log_level'],
  modelpath: ['models_dir'],
  modelspath: ['models_dir'],
  prefix: ['base_path'],
  rootpath: ['base_path'],
  sslcertfile: ['tls_cert'],
  sslkeyfile: ['tls_key'],
}

/** Keys of other programs that no key of ours stands for, with what does the same here. */
const elsewhere: Readonly<Record<string, string>> = {
  modellist: "servers behind this one stand under 'providers', and who answers in place of a model under 'fallbacks'",
  litellmparams: "a server behind this one is an entry of 'providers', with base_url and api_key_env",
  litellmsettings: 'what it holds stands at the top of this file, as far as there is such a thing here',
  generalsettings: 'what it holds stands at the top of this file; `hearth keys create` makes keys',
  routersettings: "who answers in place of a model stands under 'fallbacks'",
  peers: "servers behind this one stand under 'providers'",
  cmd: "no command is run for a model: name its file with 'path'",
}

const keysElsewhere =
  'a key does not stand in this file: `hearth keys create` makes one, and allowed_api_keys_file names a file with keys of yours'

const plain = (name: string) => name.toLowerCase().replaceAll(/[-_]/g, '')

/** What to say of a key that is another program's: a whole message, or which of the known ones does the same. Pure. */
export function familiarKey(key: string, known: readonly string[]): { message: string } | { near: string } | undefined {
  const name = plain(key)
  if (name === 'apikey' && known.includes('api_key_env')) {
    const message = 'put it into a variable and name that with api_key_env, or into a file (api_key_file)'
    return { message: `a key does not stand in this file: ${message}` }
  }
  const isOfServer = known.includes('allowed_api_keys_file')
  if (isOfServer && /^(api|master)keys?$/.test(name)) return { message: keysElsewhere }
  const remedy = Object.hasOwn(elsewhere, name) ? elsewhere[name] : undefined
  if (remedy !== undefined) return { message: `there is no such key; ${remedy}` }
  const near = Object.hasOwn(familiar, name) ? familiar[name]?.find((each) => known.includes(each)) : undefined
  return near === undefined ? undefined : { near }
}
