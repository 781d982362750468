import { type Static, Type as t } from '@sinclair/typebox'

const bytes = (description?: string) => t.Integer({ minimum: 0, ...(description && { description }) })
const text = (description?: string) => t.Optional(t.String(description ? { description } : {}))
const BackEndName = t.Union([t.Literal('cpu'), t.Literal('cuda'), t.Literal('vulkan'), t.Literal('metal')])

const BackEnd = t.Object({
  id: BackEndName,
  outcome: t.Union([t.Literal('used'), t.Literal('idle'), t.Literal('failed'), t.Literal('absent')], {
    description:
      '`used`: models run on it. `idle`: it works, and another one goes first. `failed`: its library is here and could not be used. `absent`: this build has no library of it.',
  }),
  problem: text("The system's own words for what is missing."),
})

const LlamaCpp = t.Object({
  state: t.Union([t.Literal('reading'), t.Literal('ready'), t.Literal('failed')], {
    description: '`reading`: it is being found out, and the next answer has it.',
  }),
  problem: text('Why the native libraries cannot be used.'),
  device: t.Optional(BackEndName),
  built_for: t.Optional(BackEndName),
  cpu_variant: text('The CPU library in use, as its file is named: `haswell`, `icelake`, `armv8.2_1` …'),
  cpu_features: t.Optional(t.Array(t.String(), { description: 'What that library was compiled to use.' })),
  math_cores: t.Optional(t.Integer()),
  devices: t.Optional(t.Array(t.String(), { description: 'The GPUs that models may run on.' })),
  device_memory_total_bytes: t.Optional(bytes()),
  device_memory_free_bytes: t.Optional(bytes()),
  back_ends: t.Optional(t.Array(BackEnd)),
  architectures: t.Optional(t.Array(t.String(), { description: 'Of models that can be run. Only when `verbose`.' })),
  folder: text('Of the native libraries. Only when `verbose`.'),
})

/** What GET /v1/system/info answers. What could not be found out is absent. */
export const SystemInfoReply = t.Object({
  versions: t.Object({
    hearth: t.String(),
    runtime: t.String({ description: 'What runs this program: `bun 1.4.5`.' }),
    node_llama_cpp: text(),
    llama_cpp: text(),
    cuda_runtime: text(),
  }),
  operating_system: t.Object({
    platform: t.String(),
    architecture: t.String(),
    name: text(),
    kernel: t.String(),
    libc: text(),
    container: text('What it runs in, where that is a container.'),
  }),
  cpu: t.Object({
    name: text(),
    vendor: text(),
    physical_cores: t.Optional(t.Integer()),
    logical_cores: t.Integer(),
    usable_cores: t.Integer({ description: 'By the affinity of this process and the quota of its control groups.' }),
    quota_cores: t.Optional(t.Number({ description: 'The quota itself; absent: none.' })),
    features: t.Array(t.String(), { description: 'Those that matter for arithmetic, as Linux names them.' }),
  }),
  memory: t.Object({
    total_bytes: bytes(),
    available_bytes: bytes('What can still be had without pushing others out, within the limit.'),
    limit_bytes: t.Optional(bytes('Of the control groups; absent: none.')),
    swap_total_bytes: t.Optional(bytes()),
    swap_free_bytes: t.Optional(bytes()),
  }),
  gpus: t.Array(
    t.Object({
      name: t.String(),
      vendor: text(),
      memory_total_bytes: t.Optional(bytes()),
      memory_free_bytes: t.Optional(bytes()),
      driver_version: text(),
      cuda_version: text('The newest CUDA that the driver can run.'),
      is_integrated: t.Optional(t.Boolean({ description: "Whether its memory is the machine's." })),
    }),
    { description: 'All that the system knows of, whether models can run on them or not.' },
  ),
  llama_cpp: LlamaCpp,
  storage: t.Array(
    t.Object({
      purpose: t.Union([t.Literal('models'), t.Literal('data')]),
      total_bytes: t.Optional(bytes('Absent where the folder is not there.')),
      free_bytes: t.Optional(bytes()),
      path: text('Only when `verbose`.'),
    }),
  ),
  process: t.Object({
    uptime_seconds: t.Integer(),
    memory_bytes: t.Optional(
      bytes('Of the serving process; models have processes of their own. Absent where the system does not tell.'),
    ),
    is_compiled: t.Boolean({ description: 'Whether it is the executable, and not the source.' }),
    id: t.Optional(t.Integer({ description: 'Only when `verbose`.' })),
  }),
})
export type SystemInfoReply = Static<typeof SystemInfoReply>
