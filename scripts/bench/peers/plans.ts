import type { ServerPlan } from './benchmark.ts'
import { startHearthServer, startLlamaServer } from './servers.ts'

/** What all groups have in common. */
export interface Setting {
  /** Absolute path of llama-server. */
  readonly llamaServer: string
  /** Absolute path of a built Hearth; absent: from source. */
  readonly executable: string | undefined
  /** A folder with the two default models, for Hearth. */
  readonly modelsFolder: string
  /** Absolute paths of the same two, for llama-server. */
  readonly models: { readonly chat: string; readonly embedding: string }
  /** Threads that each server computes with. */
  readonly threads: number
}

/** The same size on both sides. */
export interface Size {
  readonly slots: number
  /** Tokens of each slot. */
  readonly context: number
}

export const hearthName = 'Hearth'
export const llamaServerName = 'llama-server'

/** Hearth with slots of a size, and more flags. */
export function hearthPlan(
  setting: Setting,
  { slots, context }: Size,
  { name = hearthName, flags = [], preload }: { name?: string; flags?: readonly string[]; preload?: string } = {},
): ServerPlan {
  const { executable, modelsFolder, threads } = setting
  const size = ['--slots', slots, '--n-ctx', context, '--threads', threads].map(String)
  const options = { executable, modelsFolder, flags: [...size, ...flags], ...(preload && { preload }) }
  return { name, start: () => startHearthServer(options) }
}

/** llama-server with slots of a size, for the default chat model unless told otherwise, and more flags. */
export function llamaServerPlan(
  setting: Setting,
  { slots, context }: Size,
  {
    name = llamaServerName,
    model = setting.models.chat,
    flags = [],
  }: { name?: string; model?: string; flags?: readonly string[] } = {},
): ServerPlan {
  const size = ['-t', setting.threads, '-np', slots, '-c', slots * context].map(String)
  return { name, start: () => startLlamaServer(setting.llamaServer, ['-m', model, ...size, ...flags]) }
}

/** What the configuration of a group is, in a sentence. */
export const describeSize = ({ slots, context }: Size, { threads }: Setting): string =>
  `${slots} ${slots === 1 ? 'slot' : 'slots'} of ${context.toLocaleString('en')} tokens, ${threads} threads`
