import { type Static, type TSchema, Type } from '@sinclair/typebox'
import { cacheTypes } from '../core/model.ts'
import { adapterList, count, countOrAuto, oneOf, text } from './option-schemas.ts'

/** llama.cpp keeps no more sequences in one context. */
const mostSlots = 256

/** One thing that a user can set. Flags, environment names, file keys, help and documents are derived from it. */
export interface OptionRow {
  /** The heading that it stands under. */
  readonly group: string
  readonly schema: TSchema
  /** Absent: the option is absent until somebody sets it, or `computed` says how its value is found. */
  readonly default?: unknown
  /** How the value is found when nobody sets it, in words; the loader does it. */
  readonly computed?: string
  /** Sentences for people. What an absent value means stands here too. */
  readonly description: string
  readonly example: string | number | boolean | readonly string[]
  /** The value that stands in force in the commented config.yaml, where that is not the default. */
  readonly shown?: string | number | boolean
  /** An entry of `models:` may set it for itself. */
  readonly perModel?: true
  /** The path of a file or folder: made absolute, from the file's folder or from the current one. */
  readonly isPath?: true
  /** An empty text says "none", also over a lower source that names something. */
  readonly emptyMeansNone?: true
  /** Names of variables that set it too, besides HEARTH_ and its own name, which goes over them. */
  readonly otherVariables?: readonly string[]
  /** What stands between the parts of a list in a flag or a variable. Absent: what PATH has between its parts. */
  readonly separator?: ','
  /** A change of it in config.yaml takes effect while the server runs. Without it the server has to be started anew. */
  readonly isLive?: true
}

/** Every option, in the order in which people read them. Names are never reused for something else. */
export const options = {
  model_path: {
    group: 'The chat model',
    schema: Type.String(),
    description: 'GGUF file of the default chat model. Absent or empty: the model that `model` names.',
    example: 'models/SmolLM2-135M-Instruct.Q4_1.gguf',
    isPath: true,
    emptyMeansNone: true,
    isLive: true,
  },
  model: {
    group: 'The chat model',
    schema: text(),
    default: 'smollm2-135m-instruct',
    description:
      'The default chat model: an id from the catalog or from `models`, or the name of a GGUF file in the models folder.',
    example: 'smollm2-135m-instruct',
    isLive: true,
  },
  n_ctx: {
    group: 'How a model runs',
    schema: countOrAuto(1),
    default: 'auto',
    description:
      'Tokens that one request may fill, prompt and answer together. auto: the length that the model was trained for, or what fits in memory.',
    example: 2048,
    shown: 2048,
    perModel: true,
    isLive: true,
  },
  n_gpu_layers: {
    group: 'How a model runs',
    schema: count(-1),
    default: -1,
    description: 'Layers of the model on the GPU. -1: all that fit. 0: none.',
    example: 20,
    perModel: true,
    isLive: true,
  },
  require_gpu: {
    group: 'How a model runs',
    schema: Type.Boolean(),
    default: false,
    description:
      'Refuse to start, and to load a model, where no GPU can be used, and say why, instead of going on with the processor.',
    example: true,
  },
  slots: {
    group: 'How a model runs',
    schema: countOrAuto(1, mostSlots),
    default: 'auto',
    description: 'Requests that a model answers at once. auto: the memory and the kind of model decide.',
    example: 4,
    perModel: true,
    isLive: true,
  },
  threads: {
    group: 'How a model runs',
    schema: countOrAuto(1),
    default: 'auto',
    description: 'Threads that a model computes with. auto: the processor cores that the server may use.',
    example: 4,
    perModel: true,
    isLive: true,
  },
  cache_type_k: {
    group: 'How a model runs',
    schema: oneOf(cacheTypes),
    default: 'f16',
    description:
      'How the keys of the key-value cache are stored. q8_0 halves them at hardly any loss; smaller types cost quality, and on a CPU speed.',
    example: 'q8_0',
    perModel: true,
    isLive: true,
  },
  cache_type_v: {
    group: 'How a model runs',
    schema: oneOf(cacheTypes),
    default: 'f16',
    description:
      'How the values of the key-value cache are stored. Types other than f32, f16 and bf16 need flash attention, which is switched on for them; a model that cannot have it is refused then.',
    example: 'q8_0',
    perModel: true,
    isLive: true,
  },
  lora: {
    group: 'How a model runs',
    schema: adapterList(),
    description:
      'LoRA adapters of the default chat model, as GGUF files: a path, or a list of paths and of groups like { path: a.gguf, scale: 0.5 }. They must have been made for this model. Absent or empty: none.',
    example: 'adapters/support.gguf',
    perModel: true,
    isPath: true,
    emptyMeansNone: true,
    isLive: true,
  },
  prompt_cache_memory: {
    group: 'The prompt cache',
    schema: countOrAuto(0),
    default: 'auto',
    description:
      'MiB of main memory, for each model, for what it has read and has no slot for any more: a conversation that comes back is not read again. auto: an eighth of the memory that is left, 2048 at most. 0: none.',
    example: 1024,
    isLive: true,
  },
  prompt_cache_folder: {
    group: 'The prompt cache',
    schema: Type.String(),
    description:
      'Folder that is taken for it in place of main memory, and outlives the server. It holds what was read, so it is as secret as the prompts are. Absent or empty: none.',
    example: 'prompt-cache',
    isPath: true,
    emptyMeansNone: true,
    isLive: true,
  },
  prompt_cache_disk: {
    group: 'The prompt cache',
    schema: count(1),
    default: 8192,
    description: 'MiB, for each model, of what `prompt_cache_folder` may hold.',
    example: 20_480,
    isLive: true,
  },
  max_tokens: {
    group: 'Answers, where a request says nothing else',
    schema: count(1),
    description: 'Tokens that an answer may have. Absent: up to the end of the context.',
    example: 512,
    shown: 512,
    perModel: true,
    isLive: true,
  },
  temperature: {
    group: 'Answers, where a request says nothing else',
    schema: Type.Number({ minimum: 0, maximum: 2 }),
    default: 0.8,
    description: 'How freely the next token is chosen. 0: always the likeliest one.',
    example: 0.8,
    perModel: true,
    isLive: true,
  },
  top_p: {
    group: 'Answers, where a request says nothing else',
    schema: Type.Number({ exclusiveMinimum: 0, maximum: 1 }),
    default: 0.95,
    description: 'Choose among the likeliest tokens that together have this probability. 1: among all.',
    example: 0.95,
    perModel: true,
    isLive: true,
  },
  top_k: {
    group: 'Answers, where a request says nothing else',
    schema: count(0),
    default: 40,
    description: 'Choose among this many of the likeliest tokens. 0: among all.',
    example: 40,
    perModel: true,
    isLive: true,
  },
  min_p: {
    group: 'Answers, where a request says nothing else',
    schema: Type.Number({ minimum: 0, maximum: 1 }),
    default: 0.05,
    description: 'Leave out tokens that are less probable than this share of the likeliest one. 0: none is left out.',
    example: 0.05,
    perModel: true,
    isLive: true,
  },
  prompt_lookup: {
    group: 'Guessing ahead (speculative decoding)',
    schema: Type.Boolean(),
    default: true,
    description:
      'Guess how the answer goes on by what stands in the prompt and the answer already, where that was measured to pay. It never changes the answer.',
    example: false,
    perModel: true,
    isLive: true,
  },
  draft_model_path: {
    group: 'Guessing ahead (speculative decoding)',
    schema: Type.String(),
    description:
      'GGUF file of a small model with the same vocabulary that guesses ahead for the default chat model, where that was measured to pay. Absent or empty: none.',
    example: 'models/draft.gguf',
    perModel: true,
    isPath: true,
    emptyMeansNone: true,
    isLive: true,
  },
  draft_n_ctx: {
    group: 'Guessing ahead (speculative decoding)',
    schema: countOrAuto(1),
    default: 'auto',
    description: 'Tokens of context of the draft model. auto: as many as the model that it guesses for.',
    example: 2048,
    perModel: true,
    isLive: true,
  },
  draft_n_gpu_layers: {
    group: 'Guessing ahead (speculative decoding)',
    schema: count(-1),
    default: -1,
    description: 'Layers of the draft model on the GPU. -1: all, where the model has some there. 0: none.',
    example: 0,
    perModel: true,
    isLive: true,
  },
  embedding_model: {
    group: 'Models',
    schema: text(),
    default: 'all-minilm-l6-v2',
    description:
      'The default embedding model: an id from the catalog or from `models`, or the name of a GGUF file in the models folder.',
    example: 'all-minilm-l6-v2',
    isLive: true,
  },
  models_dir: {
    group: 'Models',
    schema: text(),
    computed: '`models` in the data folder',
    description:
      'Folder with the model files. The data folder is HEARTH_HOME, or else the usual place for data of programs on this system.',
    example: 'models',
    isPath: true,
  },
  model_dirs: {
    group: 'Models',
    schema: Type.Array(text()),
    description:
      'More folders with models, which are used where they are and never changed: every GGUF file in them, and in folders up to three deep. In a flag or a variable they have the character between them that PATH has on this system. Absent: none.',
    example: ['/mnt/models', '~/Downloads/gguf'],
    isPath: true,
    isLive: true,
  },
  hugging_face_cache: {
    group: 'Models',
    schema: Type.Boolean(),
    default: true,
    description:
      'Use the models in the cache that huggingface_hub and other programs share (HF_HUB_CACHE, HF_HOME), where they are. It is only read.',
    example: false,
    isLive: true,
  },
  ollama_models: {
    group: 'Models',
    schema: Type.Boolean(),
    default: true,
    description: 'Use the models that Ollama has fetched (OLLAMA_MODELS), where they are. They are only read.',
    example: false,
    isLive: true,
  },
  lm_studio_models: {
    group: 'Models',
    schema: Type.Boolean(),
    default: true,
    description: 'Use the models that LM Studio has fetched, where they are. They are only read.',
    example: false,
    isLive: true,
  },
  auto_pull: {
    group: 'Models',
    schema: Type.Boolean(),
    default: true,
    description:
      'Fetch the default models before the start, where they are in the catalog and not in the models folder.',
    example: false,
  },
  preload: {
    group: 'Models',
    schema: Type.Boolean(),
    default: true,
    description:
      'Load the default chat and embedding models, and those that are pinned, at the start, not at the first request.',
    example: false,
    isLive: true,
  },
  memory_limit: {
    group: 'Models',
    schema: countOrAuto(1),
    default: 'auto',
    description:
      'MiB of main memory that all models may take together. What nothing has used for longest leaves for a model that is wanted. auto: what the machine can give.',
    example: 8192,
    isLive: true,
  },
  keep_alive: {
    group: 'Models',
    schema: count(-1),
    default: -1,
    description:
      'Seconds that a model stays in memory once nothing uses it, where a request says nothing else. -1: until another one needs its memory. 0: it leaves at once. Ollama keeps models for 300: so may this server where other programs want the memory.',
    example: 300,
    perModel: true,
    isLive: true,
  },
  store_path: {
    group: 'Kept responses',
    schema: text(),
    computed: '`hearth.sqlite` in the data folder',
    description:
      'SQLite file that keeps responses (POST /v1/responses), in plain text, readable for its owner only. Two servers may share one.',
    example: 'hearth.sqlite',
    isPath: true,
  },
  response_days: {
    group: 'Kept responses',
    schema: count(1, 36500),
    default: 30,
    description: 'Days after which a response is deleted, unless a younger one continues it.',
    example: 7,
    isLive: true,
  },
  store_max_bytes: {
    group: 'Kept responses',
    schema: count(1024 * 1024, Number.MAX_SAFE_INTEGER),
    default: 1024 * 1024 * 1024,
    description: 'Bytes that kept responses may fill. When they are more, the oldest ones are deleted.',
    example: 1073741824,
    isLive: true,
  },
  max_background: {
    group: 'Kept responses',
    schema: count(0),
    default: 16,
    description: 'Responses that one model may make in the background at once. One more is refused with status 429.',
    example: 16,
    isLive: true,
  },
  host: {
    group: 'The server',
    schema: text(),
    default: '127.0.0.1',
    description: 'Address to listen on. 0.0.0.0: every network that this machine is in.',
    example: '0.0.0.0',
  },
  port: {
    group: 'The server',
    schema: count(0, 65535),
    default: 8080,
    description: 'Port to listen on. 0: any free one.',
    example: 8080,
    otherVariables: ['SERVICE_PORT'],
  },
  listen: {
    group: 'The server',
    schema: Type.Array(text()),
    description:
      'Addresses to listen on in place of `host` and `port`, with commas in a flag or a variable: http://127.0.0.1:8080, https://0.0.0.0:8443 (with `tls_cert` and `tls_key`), unix:/run/hearth.sock, and `systemd` for the sockets that systemd hands over. Absent: `host` and `port`.',
    example: ['http://127.0.0.1:8080', 'https://0.0.0.0:8443', 'unix:/run/hearth/hearth.sock'],
    separator: ',',
  },
  tls_cert: {
    group: 'The server',
    schema: Type.String(),
    description:
      'PEM file of the certificate and what it rests on, for HTTPS; `tls_key` goes with it. `host` and `port` speak HTTPS then. It is read again when it changes. Absent or empty: HTTP.',
    example: 'tls/fullchain.pem',
    isPath: true,
    emptyMeansNone: true,
  },
  tls_key: {
    group: 'The server',
    schema: Type.String(),
    description: 'PEM file of the private key of `tls_cert`.',
    example: 'tls/privkey.pem',
    isPath: true,
    emptyMeansNone: true,
  },
  base_path: {
    group: 'The server',
    schema: Type.String(),
    description:
      'Path under which a reverse proxy has this server: /hearth makes /hearth/v1/models the same as /v1/models, which goes on to work. Absent or empty: none.',
    example: '/hearth',
    emptyMeansNone: true,
  },
  insecure: {
    group: 'The server',
    schema: Type.Boolean(),
    default: false,
    description:
      'Listen for other machines although no API key is asked for: whoever reaches the server may use it. Without it the server refuses to start so.',
    example: true,
  },
  cors_origins: {
    group: 'The server',
    schema: Type.Array(text()),
    description:
      'Origins of web pages on other sites that may use this server from a browser, with commas in a flag or a variable: https://chat.example.com, https://*.example.com, http://localhost:*, chrome-extension://ID, vscode-webview://*, null for files; * for all. Absent or empty: none.',
    example: ['https://chat.example.com'],
    separator: ',',
    emptyMeansNone: true,
    isLive: true,
  },
  trusted_proxies: {
    group: 'The server',
    schema: Type.Array(text()),
    description:
      'Addresses and networks of reverse proxies, with commas in a flag or a variable, that are believed when they name the client (X-Forwarded-For) and the host it asked for (X-Forwarded-Host); unix: who comes through a unix socket. The client stands in the log. Absent or empty: none.',
    example: ['127.0.0.1', '10.0.0.0/8'],
    separator: ',',
    emptyMeansNone: true,
    isLive: true,
  },
  enable_security_headers: {
    group: 'The server',
    schema: Type.Boolean(),
    default: true,
    description:
      'Send headers that keep browsers from guessing media types, showing pages in frames, and telling addresses on.',
    example: false,
    otherVariables: ['ENABLE_SECURITY_HEADERS'],
    isLive: true,
  },
  allowed_hosts: {
    group: 'The server',
    schema: Type.Union([Type.String(), Type.Array(text())]),
    description:
      'More names, with commas or as a list, under which clients may reach a server that asks for no key; `.lan` stands for all that end so. Absent or empty: on a loopback address localhost, the name of this machine and every address; otherwise all names.',
    example: 'hearth.example.com, .lan',
    emptyMeansNone: true,
    isLive: true,
  },
  require_key: {
    group: 'The server',
    schema: oneOf(['auto', 'always', 'never']),
    default: 'auto',
    description:
      'Whether requests have to bring an API key. auto: as soon as `hearth keys create` has made one, the variable ALLOWED_API_KEYS names some, or `allowed_api_keys_file` names a file.',
    example: 'always',
    isLive: true,
  },
  allowed_api_keys_file: {
    group: 'The server',
    schema: text(),
    description:
      'File with API keys of yours, one a line, which may do everything; what follows a # is a comment. It is read again when it changes, as secrets of Docker and Kubernetes do. While it is named a key is asked for, whatever stands in it. Absent: none.',
    example: '/run/secrets/hearth-keys',
    isPath: true,
    otherVariables: ['ALLOWED_API_KEYS_FILE'],
    isLive: true,
  },
  max_queue: {
    group: 'The server',
    schema: count(0),
    default: 64,
    description:
      'Requests that may wait for one model. When one more comes, the API key that has the most of them waiting loses its youngest, which is refused with status 429. Requests without a key count as those of one.',
    example: 64,
    isLive: true,
  },
  max_body_bytes: {
    group: 'The server',
    schema: count(1),
    default: 32 * 1024 * 1024,
    description: 'Bytes that the body of a request may have. A larger one is refused with status 413.',
    example: 1048576,
    isLive: true,
  },
  max_header_bytes: {
    group: 'The server',
    schema: count(1024, 1024 * 1024),
    default: 32 * 1024,
    description:
      'Bytes that the head of a request may have. A larger one is refused with status 431; one of more than twice as many without a text.',
    example: 16_384,
  },
  max_connections: {
    group: 'The server',
    schema: count(1),
    default: 4096,
    description:
      'Connections over ports that may be open at once. Of more, those are closed within a second that nothing is being answered on, the oldest first. On Linux alone.',
    example: 256,
  },
  max_requests: {
    group: 'The server',
    schema: count(1),
    default: 1024,
    description: 'Requests that may run and wait at once, in all. One more is refused with status 503.',
    example: 128,
    isLive: true,
  },
  read_timeout_seconds: {
    group: 'The server',
    schema: Type.Number({ exclusiveMinimum: 0, maximum: 3600 }),
    default: 30,
    description:
      'Seconds that a client may take to send the head of a request, where its connection has been used before (a new one has 10), and seconds of silence within its body; a client that is slower is cut off.',
    example: 10,
  },
  request_timeout_seconds: {
    group: 'The server',
    schema: Type.Number({ minimum: 0, maximum: 604_800 }),
    default: 0,
    description:
      'Seconds after which a request is stopped, however far it is, also where another server answers it. 0: never.',
    example: 600,
    otherVariables: ['REQUEST_TIMEOUT_S'],
    isLive: true,
  },
  requests_per_minute: {
    group: 'The server',
    schema: count(0),
    default: 0,
    description: 'Requests a minute that one API key may send where it has no limit of its own. 0: any number.',
    example: 60,
    isLive: true,
  },
  tokens_per_minute: {
    group: 'The server',
    schema: count(0),
    default: 0,
    description:
      'Tokens a minute, read and written, that one API key may use where it has no limit of its own. 0: any number.',
    example: 100_000,
    isLive: true,
  },
  heartbeat_seconds: {
    group: 'The server',
    schema: Type.Number({ exclusiveMinimum: 0, maximum: 3600 }),
    default: 5,
    description: 'Seconds of silence after which a stream carries a sign of life.',
    example: 5,
    isLive: true,
  },
  shutdown_seconds: {
    group: 'The server',
    schema: Type.Number({ minimum: 0, maximum: 86400 }),
    default: 30,
    description: 'Seconds that running requests have to end when the server is asked to stop.',
    example: 30,
    isLive: true,
  },
  log_level: {
    group: 'The log',
    schema: oneOf(['debug', 'info', 'warn', 'error', 'silent']),
    default: 'info',
    description:
      'The least important messages that are written. The log never holds prompts or answers, but for `log_content`.',
    example: 'debug',
    otherVariables: ['LOG_LEVEL'],
    isLive: true,
  },
  log_content: {
    group: 'The log',
    schema: Type.Boolean(),
    default: false,
    description:
      'Write what is asked and answered into the log, as JSON, and into traces. Keys are never written. For finding faults only.',
    example: true,
    isLive: true,
  },
  log_format: {
    group: 'The log',
    schema: oneOf(['auto', 'pretty', 'json']),
    default: 'auto',
    description: 'pretty: lines for people. json: one JSON object a line. auto: pretty on a terminal, otherwise json.',
    example: 'json',
  },
  metrics: {
    group: 'Metrics and traces',
    schema: Type.Boolean(),
    default: true,
    description: 'Answer GET /metrics in the text format of Prometheus. It asks for a key of the scope read.',
    example: false,
    isLive: true,
  },
  otlp_endpoint: {
    group: 'Metrics and traces',
    schema: Type.String(),
    description:
      'Address of an OpenTelemetry collector that takes OTLP over HTTP; each request is sent there as a trace, without prompts and answers unless log_content says otherwise. Headers come from OTEL_EXPORTER_OTLP_HEADERS. Absent or empty: none.',
    example: 'http://127.0.0.1:4318',
    emptyMeansNone: true,
    otherVariables: ['OTEL_EXPORTER_OTLP_ENDPOINT'],
  },
  watch_config: {
    group: 'Updates',
    schema: Type.Boolean(),
    default: true,
    description:
      'Look for changes of config.yaml while the server runs. Keys, providers, limits, the list of models and the log level change at once; the log names what needs a new start. A file with mistakes changes nothing.',
    example: false,
    isLive: true,
  },
  releases_url: {
    group: 'Updates',
    schema: Type.String(),
    description:
      'Address that hearth update asks for newer versions. Absent: the one that the executable was built with. Hearth asks only when that command is given. Empty: never.',
    example: 'https://downloads.example.com/hearth',
    emptyMeansNone: true,
    isLive: true,
  },
} as const satisfies Record<string, OptionRow>

/** The key of an option, as it stands in config.yaml. */
export type OptionKey = keyof typeof options

type Row<K extends OptionKey> = (typeof options)[K]

/** The value that an option has once it is set. */
export type OptionValue<K extends OptionKey> = Static<Row<K>['schema']>

/** Options that always have a value. */
export type PresentKey = {
  [K in OptionKey]: Row<K> extends { default: unknown } | { computed: string } ? K : never
}[OptionKey]

/** Options that an entry of `models:` may set for itself. */
export type ModelOptionKey = { [K in OptionKey]: Row<K> extends { perModel: true } ? K : never }[OptionKey]

/** All keys, in the order of the table. */
export const optionKeys = Object.keys(options) as readonly OptionKey[]

/** The row of an option, without its literal type. */
export const optionRow = (key: OptionKey): OptionRow => options[key]

/** Whether the text is the key of an option. */
export const isOptionKey = (key: string): key is OptionKey => Object.hasOwn(options, key)

/** `n_ctx` → `HEARTH_N_CTX`. */
export const environmentName = (key: string): string => `HEARTH_${key.toUpperCase()}`

/** `n_ctx` → `n-ctx`, to be written after two dashes. */
export const flagName = (key: string): string => key.replaceAll('_', '-')
