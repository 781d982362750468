import { nearestName } from '../config/nearest-name.ts'
import type { ConfigProblem } from '../config/problem.ts'
import type { Command } from './command.ts'

/** What people write by habit, from other programs; of several names the first that the command has is meant. */
const familiar: Readonly<Record<string, readonly string[]>> = {
  a: ['all'],
  c: ['n-ctx', 'config'],
  'ctx-size': ['n-ctx'],
  'num-ctx': ['n-ctx'],
  f: ['format', 'force'],
  H: ['host'],
  i: ['id'],
  k: ['top-k'],
  md: ['draft-model'],
  m: ['model'],
  n: ['max-tokens', 'tokens', 'name'],
  'n-predict': ['max-tokens', 'tokens'],
  ngl: ['n-gpu-layers'],
  'gpu-layers': ['n-gpu-layers'],
  np: ['slots'],
  parallel: ['slots'],
  o: ['json'],
  p: ['port', 'prompt'],
  q: ['log-level'],
  s: ['system', 'seed'],
  sys: ['system'],
  t: ['temperature', 'threads'],
  temp: ['temperature'],
  u: ['url'],
  v: ['verbose', 'log-level'],
}

const byItself: Readonly<Record<string, string>> = { m: 'MODEL', model: 'MODEL', p: 'PROMPT', prompt: 'PROMPT' }

/** The problem that a flag is which the command does not have, with what was probably meant. Pure. */
export function unknownFlag(raw: string, known: readonly string[], command: Command): ConfigProblem {
  const written = raw.split('=')[0] ?? raw
  const name = written.replace(/^-+/, '')
  const refused = Object.hasOwn(command.refuses ?? {}, name) ? command.refuses?.[name] : undefined
  if (refused !== undefined) return { path: written, message: refused }
  if (name === 'models' || name === 'catalog')
    return { path: written, message: `'${name}' can stand in config.yaml only` }
  return { path: written, message: `there is no such flag${hint(name, known, command)}` }
}

function hint(name: string, known: readonly string[], command: Command): string {
  const operand = Object.hasOwn(byItself, name) ? byItself[name] : undefined
  if (operand !== undefined && command.usage.includes(operand))
    return `; ${operand} stands without one: hearth ${command.name} ${command.usage}`
  const meant = Object.hasOwn(familiar, name) ? familiar[name]?.find((each) => known.includes(each)) : undefined
  const near = meant ?? (known.includes(name) ? name : name.length > 1 ? nearestName(name, known) : undefined)
  if (near !== undefined) return `; did you mean --${near}?`
  // A number, or a line of a list: something that is no flag at all.
  const isText = /^[^a-z]/i.test(name) && (command.operands?.[1] ?? 0) > 0
  return isText ? '; what stands behind -- is no flag' : ''
}
