/** What an error means to the caller; each protocol maps it to an envelope of its own. */
export type ErrorKind =
  | 'invalid-request'
  | 'unauthenticated'
  | 'forbidden'
  | 'not-found'
  | 'overloaded'
  | 'unavailable'
  | 'internal'

/** One way to say no: what it is, what to tell, and what the reader should do next. */
interface ErrorRow {
  /** HTTP status. */
  readonly status: number
  readonly kind: ErrorKind
  /** The message, made from facts, so that no sentence is built where an error is thrown. */
  readonly say: (facts: never) => string
  /** What to do next, as an instruction. */
  readonly hint: (facts: never) => string
}

/**
 * Every way this server can say no. One row is one code; protocols decide the envelope, never the meaning.
 * `param` among the facts is the name of the offending field in the client's own spelling. Codes are never reused.
 */
export const errorCatalog = {
  invalid_json: {
    status: 400,
    kind: 'invalid-request',
    say: (f: { problem: string }) => `The request body is not valid JSON: ${f.problem}.`,
    hint: () => 'Send one JSON object, in UTF-8, with the header Content-Type: application/json.',
  },
  invalid_parameter: {
    status: 400,
    kind: 'invalid-request',
    say: (f: { param: string; problem: string }) => `Invalid value for '${f.param}': ${f.problem}.`,
    hint: (f: { param: string; problem: string }) => `Correct '${f.param}' and send the request again.`,
  },
  unsupported_parameter: {
    status: 400,
    kind: 'invalid-request',
    say: (f: { param: string; problem: string }) => `'${f.param}' is not supported here: ${f.problem}.`,
    hint: (f: { param: string; problem: string }) => `Leave '${f.param}' out, or send the value that changes nothing.`,
  },
  unknown_parameter: {
    status: 400,
    kind: 'invalid-request',
    say: (f: { param: string; near?: string }) =>
      `Unknown parameter: '${f.param}'.${f.near === undefined ? '' : ` Did you mean '${f.near}'?`}`,
    hint: (f: { param: string; near?: string }) => `Leave '${f.param}' out; GET /docs lists what this endpoint takes.`,
  },
  context_length_exceeded: {
    status: 400,
    kind: 'invalid-request',
    say: (f: { param: string; limit: number; prompt: number }) =>
      `This model's context holds ${f.limit} tokens, and the request has ${f.prompt} tokens before anything is generated.`,
    hint: () => 'Shorten the input, or raise n_ctx in config.yaml as far as the model and the memory allow.',
  },
  ability_missing: {
    status: 400,
    kind: 'invalid-request',
    say: (f: { param: string; model: string; ability: string }) => `The model '${f.model}' cannot ${f.ability}.`,
    hint: () => 'Choose another model; GET /v1/models says what each one can do.',
  },
  template_refused: {
    status: 400,
    kind: 'invalid-request',
    say: (f: { param: string; model: string; problem: string }) =>
      `The chat template of '${f.model}' refuses these messages: ${f.problem}.`,
    hint: () => "Send the roles in the order that the model was trained on; some models know no 'system' role.",
  },
  key_missing: {
    status: 401,
    kind: 'unauthenticated',
    /** `isOther`: there is a header Authorization, and no key in the form that is asked for. */
    say: (f: { isOther?: boolean }) =>
      `This server asks for an API key, and the request came without one${f.isOther ? ': its header Authorization does not begin with Bearer' : ''}.`,
    hint: () => "Send the header Authorization: Bearer KEY; `hearth keys create` makes a key on the server's machine.",
  },
  invalid_api_key: {
    // As at OpenAI, whose clients look for this code. No part of the key is ever repeated.
    status: 401,
    kind: 'unauthenticated',
    say: (f: { problem: string }) => `The API key that was sent ${f.problem}.`,
    hint: () => "Send another key; `hearth keys list` shows on the server's machine which ones there are.",
  },
  key_expired: {
    status: 401,
    kind: 'unauthenticated',
    say: (f: { key: string; at: string }) => `The API key '${f.key}' expired on ${f.at}.`,
    hint: (f: { key: string; at: string }) => `Run \`hearth keys rotate ${f.key}\` on the server's machine.`,
  },
  key_not_allowed: {
    status: 403,
    kind: 'forbidden',
    /** `scope`: the one that would do. */
    say: (f: { param?: string; key: string; problem: string; scope?: string }) =>
      `The API key '${f.key}' may not do this: ${f.problem}.`,
    hint: () => "Send another key, or make one that may: `hearth keys create --help` on the server's machine.",
  },
  key_not_found: {
    status: 404,
    kind: 'not-found',
    say: (f: { param: string; name: string }) => `There is no API key '${f.name}'.`,
    hint: () => '`hearth keys list` shows the keys that there are.',
  },
  key_name_taken: {
    status: 409,
    kind: 'invalid-request',
    say: (f: { param: string; name: string }) => `There is an API key '${f.name}' already.`,
    hint: () => 'Choose another name, or revoke that key first.',
  },
  key_is_revoked: {
    status: 409,
    kind: 'invalid-request',
    say: (f: { param: string; name: string }) => `The API key '${f.name}' was revoked, and stays so.`,
    hint: () => 'Make a new key with `hearth keys create`.',
  },
  model_not_found: {
    status: 404,
    kind: 'not-found',
    say: (f: { param: string; model: string; near?: readonly string[] }) =>
      `The model '${f.model}' does not exist here.${f.near ? ` Did you mean ${oneOf(f.near)}?` : ''}`,
    hint: (f: { param: string; model: string; near?: readonly string[] }) =>
      f.model.includes('/')
        ? 'GET /v1/models lists the models, and `hearth providers` what may stand before the first slash, in small letters; `hearth pull NAME` fetches a model.'
        : 'GET /v1/models lists the models, those of other servers as provider/model; `hearth pull NAME` fetches one from the catalog.',
  },
  model_not_installed: {
    status: 404,
    kind: 'not-found',
    say: (f: { param: string; model: string }) => `The model '${f.model}' is in the catalog, but its file is not here.`,
    hint: (f: { param: string; model: string }) => `Run \`hearth pull ${f.model}\` on the server's machine.`,
  },
  response_not_found: {
    status: 404,
    kind: 'not-found',
    say: (f: { param: string; response: string }) => `Response '${f.response}' is not here.`,
    hint: () => 'It was never kept ("store": false), was deleted, or is too old; see response_days in config.yaml.',
  },
  previous_response_not_found: {
    // As at OpenAI, whose clients look for this code and send everything again.
    status: 400,
    kind: 'invalid-request',
    say: (f: { param: string; response: string }) => `Previous response with id '${f.response}' not found.`,
    hint: () => 'It was never kept ("store": false), was deleted, or is too old: send the whole conversation as input.',
  },
  name_taken: {
    status: 409,
    kind: 'invalid-request',
    say: (f: { param: string; name: string; model: string }) =>
      `'${f.name}' is a name of the model '${f.model}' already.`,
    hint: () => 'Choose another name, or remove that one first.',
  },
  model_not_ours: {
    status: 409,
    kind: 'invalid-request',
    say: (f: { param: string; model: string; path: string; owner: string }) =>
      `'${f.model}' is not deleted: its file ${f.path} belongs to ${f.owner}.`,
    hint: () => 'Delete it with the program that it belongs to, or by hand.',
  },
  download_not_found: {
    status: 404,
    kind: 'not-found',
    say: (f: { param: string; download: string }) => `There is no download '${f.download}'.`,
    hint: () => 'GET /v1/downloads lists them; those that ended long ago are forgotten.',
  },
  metrics_off: {
    status: 404,
    kind: 'not-found',
    say: () => 'This server tells no metrics.',
    hint: () => '`metrics: false` in its configuration says so; set `metrics: true`.',
  },
  request_not_found: {
    status: 404,
    kind: 'not-found',
    say: (f: { param: string; request: string }) => `No request '${f.request}' is running.`,
    hint: () => 'GET /v1/requests lists those that run and wait; it may have ended just now.',
  },
  model_in_memory: {
    status: 409,
    kind: 'invalid-request',
    say: (f: { param: string; model: string }) => `'${f.model}' is in memory.`,
    hint: () => 'Unload it first with POST /v1/models/unload, or send "force": true, which unloads it.',
  },
  host_not_allowed: {
    status: 403,
    kind: 'forbidden',
    say: (f: { host: string }) => `This server is not called '${f.host}', and answers nobody who asks for that name.`,
    hint: () =>
      'Use localhost or an address; or add the name to allowed_hosts in config.yaml, or have requests bring an API key.',
  },
  cross_site_refused: {
    status: 403,
    kind: 'invalid-request',
    say: (f: { origin: string }) => `A page of another site (${f.origin}) may not change anything here.`,
    hint: () =>
      'Send the request from a program or from a page that comes from the same machine, or name the origin of the page in cors_origins in config.yaml.',
  },
  response_not_cancellable: {
    status: 400,
    kind: 'invalid-request',
    say: (f: { param: string; response: string; why: string }) =>
      `Response '${f.response}' cannot be cancelled: ${f.why}.`,
    hint: () => 'Close the connection to end a response that is not in the background.',
  },
  route_not_found: {
    status: 404,
    kind: 'not-found',
    say: (f: { method: string; path: string; near?: readonly string[] }) =>
      `There is no ${f.method} ${f.path} here.${f.near?.length ? ` Did you mean ${oneOf(f.near)}?` : ''}`,
    hint: (f: { method: string; path: string; near?: readonly string[] }) =>
      f.near?.length
        ? "The base URL of OpenAI's clients ends with /v1 here; GET /docs lists every endpoint."
        : 'GET /docs lists every endpoint.',
  },
  method_not_allowed: {
    status: 405,
    kind: 'invalid-request',
    say: (f: { method: string; path: string; allowed: readonly string[] }) =>
      `${f.path} does not answer ${f.method}; it answers ${f.allowed.join(', ')}.`,
    hint: (f: { method: string; path: string; allowed: readonly string[] }) => `Use ${f.allowed[0]}.`,
  },
  body_too_large: {
    status: 413,
    kind: 'invalid-request',
    say: (f: { limitBytes: number }) => `The request body is larger than ${f.limitBytes} bytes.`,
    hint: () => 'Send less at once, or raise max_body_bytes in config.yaml.',
  },
  unsupported_media_type: {
    status: 415,
    kind: 'invalid-request',
    say: (f: { found: string }) => `The request body is '${f.found}', not JSON.`,
    hint: () => 'Send JSON, not compressed, with the header Content-Type: application/json.',
  },
  model_unusable: {
    // The file is wrong, and will be as wrong the next time: what is 5xx the clients' libraries would send again.
    status: 422,
    kind: 'invalid-request',
    say: (f: { param?: string; model: string; problem: string }) =>
      `The model '${f.model}' cannot be used: ${f.problem}.`,
    hint: () => 'Replace the file that is named, or correct what config.yaml or the request says of this model.',
  },
  queue_full: {
    status: 429,
    kind: 'overloaded',
    say: (f: { model: string; waiting: number; retryAfterSeconds: number }) =>
      `'${f.model}' is busy: ${f.waiting} requests are already waiting.`,
    hint: (f: { model: string; waiting: number; retryAfterSeconds: number }) =>
      `Try again in ${f.retryAfterSeconds} s, or raise max_queue or slots in config.yaml.`,
  },
  too_many_downloads: {
    status: 429,
    kind: 'overloaded',
    say: (f: { param: string; unfinished: number; retryAfterSeconds: number }) =>
      `${f.unfinished} downloads run, wait or are paused already.`,
    hint: () => 'Wait until one is done, or cancel one: GET /v1/downloads lists them.',
  },
  too_many_background: {
    status: 429,
    kind: 'overloaded',
    say: (f: { param: string; model: string; running: number; retryAfterSeconds: number }) =>
      `'${f.model}' is making ${f.running} responses in the background already.`,
    hint: (f: { param: string; model: string; running: number; retryAfterSeconds: number }) =>
      `Try again in ${f.retryAfterSeconds} s, or raise max_background in config.yaml.`,
  },
  request_cancelled: {
    status: 499,
    kind: 'unavailable',
    say: () => 'The client left before the answer was complete.',
    hint: () => 'Nothing to do.',
  },
  request_stopped: {
    // As if the client had left: what is 5xx the clients' libraries would send again.
    status: 499,
    kind: 'unavailable',
    say: () => 'The request was stopped by somebody who runs this server.',
    hint: () => 'Ask them, or send the request again.',
  },
  internal: {
    status: 500,
    kind: 'internal',
    say: (f: { reference: string }) => `Something went wrong inside the server (reference ${f.reference}).`,
    hint: () => 'The log has the details beside the same reference. This is a bug: please report it.',
  },
  runtime_crashed: {
    status: 500,
    kind: 'internal',
    /** `lacksMemory`: the system seems to have ended it because memory ran out. */
    say: (f: { model: string; how: string; lacksMemory?: boolean }) =>
      `The process that runs '${f.model}' stopped unexpectedly (${f.how}).`,
    hint: () => 'Send the request again: the model is loaded anew. If it happens again, the log says what came before.',
  },
  generation_failed: {
    status: 500,
    kind: 'internal',
    say: (f: { model: string; problem: string }) => `'${f.model}' could not go on: ${f.problem}.`,
    hint: () => 'Send the request again; the log has the details.',
  },
  model_load_failed: {
    status: 503,
    kind: 'unavailable',
    say: (f: { model: string; problem: string; lacksMemory?: boolean }) =>
      `The model '${f.model}' could not be loaded: ${f.problem}.`,
    hint: () => 'Check the file and the settings of this model; the log says more.',
  },
  model_import_failed: {
    status: 400,
    kind: 'invalid-request',
    say: (f: { folder: string; problem: string }) => `The folder '${f.folder}' cannot be imported: ${f.problem}.`,
    hint: () => 'Import takes a folder that sentence-transformers saved, of the BERT architecture, with safetensors.',
  },
  model_unloaded: {
    status: 503,
    kind: 'unavailable',
    say: (f: { model: string }) => `The model '${f.model}' was unloaded while it worked on this request.`,
    hint: () =>
      'Somebody unloaded it without waiting for its requests. Send the request again: the model is loaded anew.',
  },
  model_pull_failed: {
    status: 503,
    kind: 'unavailable',
    say: (f: { model: string; problems: readonly string[]; byHand: string }) =>
      `The model '${f.model}' could not be fetched: ${f.problems.join('; ')}.`,
    hint: (f: { model: string; problems: readonly string[]; byHand: string }) => f.byHand,
  },
  model_source_not_found: {
    status: 404,
    kind: 'not-found',
    say: (f: { param: string; model: string; problem: string }) => `'${f.model}' is not there: ${f.problem}.`,
    hint: () => 'Look at its page for the right spelling; HF_ENDPOINT says which hub is asked.',
  },
  model_source_refused: {
    status: 403,
    kind: 'invalid-request',
    say: (f: { param: string; model: string; problem: string }) => `'${f.model}' is not given to us: ${f.problem}.`,
    hint: () => 'Set HF_TOKEN to a token of an account that may read it, start the server anew, and pull it again.',
  },
  model_incompatible: {
    status: 422,
    kind: 'invalid-request',
    say: (f: { param: string; model: string; problem: string }) => `'${f.model}' is not fetched: ${f.problem}.`,
    hint: () => 'Choose another model or a newer build, or say that it is to be fetched all the same.',
  },
  model_too_large: {
    status: 422,
    kind: 'invalid-request',
    say: (f: { param: string; model: string; needBytes: number; haveBytes: number }) =>
      `'${f.model}' is not fetched: it needs at least ${mebibytes(f.needBytes)} of memory, and this machine can give it ${mebibytes(f.haveBytes)}.`,
    hint: () => 'Choose a smaller quantisation or model, or say that it is to be fetched all the same.',
  },
  disk_full: {
    status: 507,
    kind: 'unavailable',
    say: (f: { path: string; needBytes: number; freeBytes: number; claimedBytes?: number; reserveBytes?: number }) =>
      `The disk of ${f.path} has ${mebibytes(f.freeBytes)} free${f.claimedBytes ? `, besides ${mebibytes(f.claimedBytes)} for what is being fetched` : ''}, and ${mebibytes(f.needBytes)} are needed${f.reserveBytes ? `; ${mebibytes(f.reserveBytes)} are left to everything else` : ''}.`,
    hint: () => 'Make room, or choose a folder on another disk with models_dir in config.yaml.',
  },
  model_does_not_fit: {
    status: 503,
    kind: 'unavailable',
    say: sayMemoryLack,
    hint: ({ heldBy = [] }: MemoryLack) =>
      heldBy.length > 0
        ? `Unload ${heldBy.map(({ model }) => `'${model}'`).join(' or ')}, or lower n_ctx or slots, or choose a smaller model.`
        : 'Lower n_ctx or slots, choose a smaller model, or raise memory_limit in config.yaml where one is set.',
  },
  models_folder_unwritable: {
    status: 503,
    kind: 'unavailable',
    say: (f: { path: string; problem: string }) => `${f.path} cannot be changed: ${f.problem}.`,
    hint: () => 'Make it writable for the server, or choose another folder with models_dir in config.yaml.',
  },
  native_libraries_unusable: {
    status: 503,
    kind: 'unavailable',
    /** `remedy`: a whole sentence that says what to do about this very problem. */
    say: (f: { problem: string; remedy?: string }) => `The native libraries cannot be used: ${f.problem}.`,
    hint: ({ remedy }: { remedy?: string }) =>
      remedy ??
      'Set HEARTH_NATIVE_DIR to a folder of your own that can be written, or to one that holds llama-addon.node.',
  },
  gpu_required: {
    status: 503,
    kind: 'unavailable',
    /** `remedy`: a whole sentence that says what to do about this very problem. `model`: the one that was to be loaded. */
    say: (f: { model?: string; problem: string; remedy?: string }) =>
      `${f.model === undefined ? 'A GPU is' : `'${f.model}' is not loaded: a GPU is`} required (require_gpu), and none can be used: ${f.problem}.`,
    hint: ({ remedy }: { remedy?: string }) =>
      remedy ?? '`hearth doctor` says more; without require_gpu models run on the processor.',
  },
  provider_not_found: {
    status: 404,
    kind: 'not-found',
    say: (f: { param: string; provider: string; known: readonly string[] }) =>
      `There is no provider '${f.provider}'; there ${f.known.length === 1 ? 'is' : 'are'} ${f.known.join(', ') || 'none'}.`,
    hint: () => 'Add it to providers in config.yaml.',
  },
  operation_not_offered: {
    status: 404,
    kind: 'not-found',
    say: (f: { provider: string; path: string; abilities: readonly string[] }) =>
      `The provider '${f.provider}' is not asked for ${f.path}: its abilities are ${f.abilities.join(', ')}.`,
    hint: () => 'Add to its abilities in config.yaml what it can do besides.',
  },
  provider_not_configured: {
    status: 503,
    kind: 'unavailable',
    /** `remedy`: a whole sentence. */
    say: (f: { provider: string; problem: string; remedy: string }) =>
      `The provider '${f.provider}' cannot be used yet: ${f.problem}.`,
    hint: (f: { provider: string; problem: string; remedy: string }) => f.remedy,
  },
  upstream_rejected: {
    status: 400,
    kind: 'invalid-request',
    say: (f: UpstreamFacts & { param?: string }) => `The provider '${f.provider}' refuses the request: ${f.problem}`,
    hint: () => 'Correct the request as the provider says; its own status and code stand beside this.',
  },
  upstream_model_not_found: {
    status: 404,
    kind: 'not-found',
    say: (f: UpstreamFacts & { param: string; model: string }) =>
      `The provider '${f.provider}' has no model '${f.model}': ${f.problem}`,
    hint: (f: UpstreamFacts & { param: string; model: string }) =>
      f.model.startsWith(`${f.provider}/`)
        ? `Behind /${f.provider}/v1 models have the names that the provider gives them: send '${f.model.slice(f.provider.length + 1)}'.`
        : `GET /${f.provider}/v1/models lists what it has.`,
  },
  upstream_not_found: {
    status: 404,
    kind: 'not-found',
    say: (f: UpstreamFacts) => `The provider '${f.provider}' has nothing there: ${f.problem}`,
    hint: () =>
      'Look at the name of what was asked for, and at base_url of the provider in config.yaml: most often it ends with /v1.',
  },
  upstream_overloaded: {
    status: 429,
    kind: 'overloaded',
    say: (f: UpstreamFacts & { retryAfterSeconds: number }) =>
      `The provider '${f.provider}' takes no more requests now: ${f.problem}`,
    hint: (f: UpstreamFacts & { retryAfterSeconds: number }) => `Try again in ${Math.ceil(f.retryAfterSeconds)} s.`,
  },
  upstream_key_refused: {
    // Not 401: the client's key is right, and its library would ask for another one.
    status: 502,
    kind: 'unavailable',
    /** `variable`: the one that would hold the key, where the request went without any. */
    say: (f: UpstreamFacts & { variable?: string }) =>
      f.variable === undefined
        ? `The provider '${f.provider}' does not accept the key of this server: ${f.problem}`
        : `The provider '${f.provider}' asks for a key, and this server has none for it: ${f.problem}`,
    hint: (f: UpstreamFacts & { variable?: string }) =>
      f.variable === undefined
        ? 'Correct the key of the provider; api_key_env or api_key_file in config.yaml says where it stands.'
        : `Set ${f.variable} to its key and start the server anew, or say with api_key_env or api_key_file in config.yaml where the key stands.`,
  },
  upstream_failed: {
    status: 502,
    kind: 'unavailable',
    say: (f: UpstreamFacts) => `The provider '${f.provider}' failed: ${f.problem}`,
    hint: () => 'Send the request again; if it goes on, look at the provider.',
  },
  upstream_broken: {
    // The answer had begun: it cannot be taken back, nor sent again.
    status: 502,
    kind: 'unavailable',
    say: (f: UpstreamFacts) => `The answer of the provider '${f.provider}' broke off: ${f.problem}`,
    hint: () => 'What has come is not the whole answer. Send the request again.',
  },
  upstream_unreachable: {
    status: 502,
    kind: 'unavailable',
    say: (f: UpstreamFacts) => `The provider '${f.provider}' cannot be reached: ${f.problem}`,
    hint: () => 'Look whether it runs, and at its base_url in config.yaml.',
  },
  upstream_unavailable: {
    status: 503,
    kind: 'unavailable',
    say: (f: UpstreamFacts & { retryAfterSeconds: number }) =>
      `The provider '${f.provider}' has failed several times in turn, and is left alone for a while: ${f.problem}`,
    hint: (f: UpstreamFacts & { retryAfterSeconds: number }) => `Try again in ${Math.ceil(f.retryAfterSeconds)} s.`,
  },
  upstream_timeout: {
    status: 504,
    kind: 'unavailable',
    say: (f: UpstreamFacts & { seconds: number }) =>
      `The provider '${f.provider}' was silent for ${f.seconds} s: ${f.problem}`,
    hint: () => 'Send the request again, or raise the time-outs of this provider in config.yaml.',
  },
  origin_not_allowed: {
    status: 403,
    kind: 'forbidden',
    say: (f: { origin: string }) => `Web pages of ${f.origin} may not use this server.`,
    hint: (f: { origin: string }) => `Add ${f.origin} to cors_origins in config.yaml, if they shall.`,
  },
  head_too_large: {
    status: 431,
    kind: 'invalid-request',
    say: (f: { limitBytes: number }) => `The head of the request is larger than ${f.limitBytes} bytes.`,
    hint: () => 'Send fewer or smaller headers, or raise max_header_bytes in config.yaml.',
  },
  rate_limited: {
    status: 429,
    kind: 'overloaded',
    /** `what`: as in `60 requests a minute`. */
    say: (f: { key: string; what: string; retryAfterSeconds: number }) =>
      `The API key '${f.key}' has reached its limit of ${f.what}.`,
    hint: (f: { key: string; what: string; retryAfterSeconds: number }) =>
      `Try again in ${Math.ceil(f.retryAfterSeconds)} s; \`hearth keys limit ${f.key} --help\` says how to raise it.`,
  },
  too_many_requests: {
    status: 503,
    kind: 'overloaded',
    say: (f: { limit: number; retryAfterSeconds: number }) =>
      `The server is working on ${f.limit} requests, which is as many as it takes.`,
    hint: () => 'Try again soon, or raise max_requests in config.yaml.',
  },
  too_much_at_once: {
    status: 503,
    kind: 'overloaded',
    say: (f: { limit: number; retryAfterSeconds: number }) =>
      `The bodies of the requests that the server is working on would have more than ${f.limit} bytes in all, which is as many as it keeps.`,
    hint: () => 'Try again soon, send less at once, or raise max_body_bytes in config.yaml: it is 32 times that.',
  },
  request_timeout: {
    status: 504,
    kind: 'unavailable',
    say: (f: { seconds: number }) => `The request was stopped, since it took longer than ${f.seconds} s.`,
    hint: () => 'Ask for less at once, or raise request_timeout_seconds in config.yaml.',
  },
  body_timeout: {
    status: 408,
    kind: 'invalid-request',
    say: (f: { seconds: number }) => `Nothing more of the request's body came for ${f.seconds} s.`,
    hint: () => 'Send the body at once; read_timeout_seconds in config.yaml says how long the server waits.',
  },
  store_unavailable: {
    status: 503,
    kind: 'unavailable',
    say: (f: { path: string; problem: string }) => `Responses cannot be kept in ${f.path}: ${f.problem}.`,
    hint: () => 'Send "store": false, or give the server a file that it can write, with store_path in config.yaml.',
  },
  keys_unavailable: {
    status: 503,
    kind: 'unavailable',
    /** `file`: absent for those who may not know. */
    say: ({ file }: { file?: { path: string; problem: string } }) =>
      file
        ? `The API keys in ${file.path} cannot be used: ${file.problem}.`
        : 'The API keys of this server cannot be read now, so nobody can be let in by one.',
    hint: () =>
      "Mend the file of the keys, or name another one with store_path in config.yaml; the server's log says what is wrong with it.",
  },
  open_to_others: {
    status: 503,
    kind: 'unavailable',
    say: (f: { addresses: readonly string[]; isNever: boolean }) =>
      `Others could reach this server at ${f.addresses.join(' and ')}, and it would ask them for no API key${f.isNever ? ' (require_key is never)' : ''}.`,
    hint: (f: { isNever: boolean }) =>
      `${f.isNever ? 'Leave require_key: never out, and make' : 'Make'} a key with \`hearth keys create\`, or name some in ALLOWED_API_KEYS, or a file of them in allowed_api_keys_file. Where whoever reaches it may use it, say --insecure (HEARTH_INSECURE=true).`,
  },
  shutting_down: {
    status: 503,
    kind: 'unavailable',
    say: () => 'The server is shutting down and takes no new requests.',
    hint: () => 'Send the request again when the server is back.',
  },
} as const satisfies Record<string, ErrorRow>

export type ErrorCode = keyof typeof errorCatalog
/** The facts that a code needs to say its sentence. */
export type Facts<C extends ErrorCode> =
  Parameters<(typeof errorCatalog)[C]['say']> extends [infer F] ? F : Record<string, never>

/** What a provider said, or what became of asking it. */
export interface UpstreamFacts {
  readonly provider: string
  /** A whole sentence, the provider's own where it said one: cut to a bound, without keys. */
  readonly problem: string
  /** The status that the provider answered with, and the code in its error. */
  readonly upstreamStatus?: number
  readonly upstreamCode?: string
}

/** A model's need, and what can be had once all have left that may. */
interface MemoryLack {
  readonly model: string
  readonly needBytes: number
  readonly freeBytes: number
  /** All that models may have together. */
  readonly totalBytes?: number
  /** It is the memory of the GPUs that is missing. */
  readonly isDevice?: boolean
  /** Models that do not leave for it. */
  readonly heldBy?: readonly { readonly model: string; readonly bytes: number }[]
  /** What was said where the memory could not be had although it should have been there. */
  readonly problem?: string
}

function sayMemoryLack(f: MemoryLack): string {
  const kind = f.isDevice ? "the GPUs' memory" : 'memory'
  const free = mebibytes(f.freeBytes) + (f.totalBytes === undefined ? '' : ` of ${mebibytes(f.totalBytes)}`)
  const holders = (f.heldBy ?? []).map(({ model, bytes }) => `'${model}' keeps ${mebibytes(bytes)}`)
  const rest = [...holders, ...(f.problem ? [f.problem] : [])].map((part) => `; ${part}`).join('')
  return `'${f.model}' needs ${mebibytes(f.needBytes)} of ${kind}, and ${free} can be had${rest}.`
}

/** 'a', 'b' or 'c' */
const oneOf = (names: readonly string[]): string =>
  names
    .map((name) => `'${name}'`)
    .reduce((all, name, index) => `${all}${index < names.length - 1 ? ', ' : ' or '}${name}`)

const mebibytes = (bytes: number) => `${Math.ceil(bytes / 2 ** 20)} MiB`

/** An error with a row in the catalog: the only kind that leaves a room. Everything else is a bug and becomes `internal`. */
export class ServerError<C extends ErrorCode = ErrorCode> extends Error {
  override readonly name = 'ServerError'
  readonly code: C
  readonly facts: Facts<C>

  constructor(code: C, facts: Facts<C>, options?: ErrorOptions) {
    super(errorCatalog[code].say(facts as never), options)
    this.code = code
    this.facts = facts
  }

  get status(): number {
    return errorCatalog[this.code].status
  }
  get kind(): ErrorKind {
    return errorCatalog[this.code].kind
  }
  get hint(): string {
    return (errorCatalog[this.code].hint as (facts: unknown) => string)(this.facts)
  }
  /** The client's field that the error is about, where it is about one. */
  get param(): string | undefined {
    const { param } = this.facts as { param?: unknown }
    return typeof param === 'string' ? param : undefined
  }
  /** What a provider said, where the error comes from one. */
  get upstream(): { provider: string; status?: number; code?: string } | undefined {
    const { provider, upstreamStatus, upstreamCode } = this.facts as Partial<UpstreamFacts>
    if (!this.code.startsWith('upstream_') || provider === undefined) return undefined
    return {
      provider,
      ...(upstreamStatus !== undefined && { status: upstreamStatus }),
      ...(upstreamCode !== undefined && { code: upstreamCode }),
    }
  }
  /** Seconds after which a new attempt makes sense, where that is known. */
  get retryAfterSeconds(): number | undefined {
    const { retryAfterSeconds } = this.facts as { retryAfterSeconds?: unknown }
    return typeof retryAfterSeconds === 'number' ? retryAfterSeconds : undefined
  }

  /** Code and facts: enough to build the same error on the other side of a process boundary. */
  toJSON(): { code: C; facts: Facts<C> } {
    return { code: this.code, facts: this.facts }
  }
}

/** What most translators refuse with: `param` is the field in the client's own spelling. */
export const invalidParameter = (param: string, problem: string) =>
  new ServerError('invalid_parameter', { param, problem })

/** Rebuilds an error that `toJSON` took apart. An unknown code, as another version might send, becomes `internal`. */
export function reviveError(plain: { code: string; facts: unknown }): ServerError {
  if (!Object.hasOwn(errorCatalog, plain.code)) return new ServerError('internal', { reference: plain.code })
  return new ServerError(plain.code as ErrorCode, plain.facts as Facts<ErrorCode>)
}

/** An impossible state. Its message says that it is a bug, and no client ever sees it. */
export class Bug extends Error {
  override readonly name = 'Bug'
  constructor(message: string, options?: ErrorOptions) {
    super(`${message} This is a bug.`, options)
  }
}

/** The message of anything that was thrown. */
export const messageOf = (thrown: unknown): string => (thrown instanceof Error ? thrown.message : String(thrown))
