import { nearestName } from '../../config/nearest-name.ts'
import { type ChatSettings, schemaFormat } from './chat-settings.ts'

/** What a line that begins with a slash asks for. */
export type SlashAction =
  | { readonly type: 'end' }
  | { readonly type: 'clear' }
  | { readonly type: 'load'; readonly model: string }
  /** Which of them: `info`, `system`, `parameters`. */
  | { readonly type: 'show'; readonly what: string }
  | { readonly type: 'set'; readonly settings: ChatSettings; readonly said: string }
  | { readonly type: 'history'; readonly isKept: boolean }
  | { readonly type: 'say'; readonly text: string }

const help = `Commands:
  /set system TEXT             what the model is told before the conversation
  /set parameter NAME VALUE    temperature, top_p, top_k, min_p, seed, num_predict, num_ctx, repeat_penalty, stop …
  /set format json|SCHEMA      answers are JSON, or follow a JSON Schema; /set noformat: free text again
  /set think, /set nothink     whether the model thinks before it answers
  /set verbose, /set quiet     whether the figures of an answer are shown
  /set history, /set nohistory whether earlier turns are sent along
  /show [info|system|parameters]
  /load MODEL                  go on with another model
  /clear                       forget the conversation
  /bye                         end (also Ctrl+D)
  /help, /?                    this text

""" begins a text of several lines, and ends it. Ctrl+C stops an answer; twice, it ends the program.
`

/** Names that people know from Ollama, and ours. */
const numbers: Readonly<Record<string, string>> = {
  temperature: 'temperature',
  top_p: 'top_p',
  top_k: 'top_k',
  min_p: 'min_p',
  seed: 'seed',
  num_predict: 'max_tokens',
  max_tokens: 'max_tokens',
  num_ctx: 'num_ctx',
  repeat_penalty: 'repeat_penalty',
  repeat_last_n: 'repeat_last_n',
  presence_penalty: 'presence_penalty',
  frequency_penalty: 'frequency_penalty',
}

const names = ['/set', '/show', '/load', '/clear', '/bye', '/exit', '/quit', '/help', '/?']

/** Reads a line that begins with a slash. Pure: the caller does what it asks for. */
export function readSlashCommand(line: string, settings: ChatSettings): SlashAction {
  const [, word = '', rest = ''] = /^(\S+)\s*(.*)$/s.exec(line.trim()) ?? []
  switch (word) {
    case '/bye':
    case '/exit':
    case '/quit':
      return { type: 'end' }
    case '/clear':
      return { type: 'clear' }
    case '/help':
    case '/?':
      return { type: 'say', text: help }
    case '/load':
      return rest ? { type: 'load', model: rest } : say('/load wants the name of a model')
    case '/show':
      return { type: 'show', what: rest || 'info' }
    case '/set':
      return readSet(rest, settings)
  }
  const near = nearestName(word, names)
  return say(`There is no ${word}${near ? `; did you mean ${near}?` : '; /help lists the commands'}`)
}

const say = (text: string): SlashAction => ({ type: 'say', text: `${text}\n` })

const switches: Readonly<Record<string, { change: Partial<ChatSettings>; said: string }>> = {
  think: { change: { thinks: true }, said: 'The model is told to think before it answers.' },
  nothink: { change: { thinks: false }, said: 'The model is told not to think before it answers.' },
  verbose: { change: { isVerbose: true }, said: 'The figures of an answer are shown.' },
  quiet: { change: { isVerbose: false }, said: 'The figures of an answer are not shown.' },
}

function readSet(text: string, settings: ChatSettings): SlashAction {
  const [, name = '', value = ''] = /^(\S+)\s*(.*)$/s.exec(text) ?? []
  const known = Object.hasOwn(switches, name) ? switches[name] : undefined
  if (known) return { type: 'set', settings: { ...settings, ...known.change }, said: known.said }
  if (name === 'history' || name === 'nohistory') return { type: 'history', isKept: name === 'history' }
  if (name === 'system') return setSystem(value, settings)
  if (name === 'format') return setFormat(value, settings)
  if (name === 'noformat') {
    const { format: _, ...rest } = settings
    return { type: 'set', settings: rest, said: 'Answers are free text.' }
  }
  if (name === 'parameter') return setParameter(value, settings)
  // Ollama wants the word `parameter`; people leave it out.
  if (Object.hasOwn(numbers, name) || name === 'stop') return setParameter(text, settings)
  return say(name ? `There is no /set ${name}; /help lists what can be set` : '/set wants to know what; see /help')
}

function setSystem(value: string, settings: ChatSettings): SlashAction {
  const system = unquoted(value)
  return {
    type: 'set',
    settings: { ...settings, system },
    said: system ? 'The system message is set.' : 'There is no system message.',
  }
}

function setParameter(text: string, settings: ChatSettings): SlashAction {
  const [, name = '', value = ''] = /^(\S+)\s+(.*)$/s.exec(text.trim()) ?? []
  const field = Object.hasOwn(numbers, name) ? numbers[name] : name === 'stop' ? name : undefined
  if (field === undefined) {
    const near = nearestName(name, [...Object.keys(numbers), 'stop'])
    return say(`There is no parameter '${name || text}'${near ? `; did you mean ${near}?` : '; /help names them'}`)
  }
  const parsed = field === 'stop' ? unquoted(value) : Number(value)
  if (value === '' || (typeof parsed === 'number' && !Number.isFinite(parsed)))
    return say(`${name} wants a number, found '${value}'`)
  const parameters = { ...settings.parameters, [field]: parsed }
  return { type: 'set', settings: { ...settings, parameters }, said: `${name} is ${parsed}.` }
}

function setFormat(value: string, settings: ChatSettings): SlashAction {
  if (value === 'json')
    return {
      type: 'set',
      settings: { ...settings, format: { type: 'json_object' } },
      said: 'Answers are JSON objects.',
    }
  try {
    const schema: unknown = JSON.parse(value)
    return { type: 'set', settings: { ...settings, format: schemaFormat(schema) }, said: 'Answers follow the schema.' }
  } catch {
    return say(`/set format wants 'json' or a JSON Schema`)
  }
}

const unquoted = (text: string) => /^"(?:"")?(.*?)"?(?:"")?$/s.exec(text)?.[1] ?? text
