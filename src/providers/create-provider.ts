import { ServerError } from '../core/errors.ts'
import { type Ability, abilities, type Provider, type UpstreamCall, type UpstreamModel } from '../core/provider.ts'
import { providerVariable } from '../core/provider-names.ts'
import type { Log } from '../observe/log.ts'
import { Address } from './address.ts'
import { startHealthChecks } from './health-checks.ts'
import { type KeyReading, ProviderKey } from './key.ts'
import { ModelCache } from './model-cache.ts'
import { isModelList, type ReadModels, readModels } from './model-list.ts'
import { lookAt, questionSettings, readJson } from './question.ts'
import { type Sending, send } from './send.ts'
import type { ProviderSettings } from './settings.ts'
import type { World } from './world.ts'

export interface ProviderInput {
  readonly settings: ProviderSettings
  readonly log: Log
  readonly world: World
  proxyFor(url: URL): string | undefined
  /** The addresses of the provider that this one follows: those that it has too go on as they are. */
  readonly addresses?: readonly Address[]
}

/** A provider, and what only its holder needs. */
export interface OwnedProvider extends Disposable {
  readonly provider: Provider
  readonly settings: ProviderSettings
  readonly addresses: readonly Address[]
}

/** Makes a provider. Disposing of it ends its health checks; calls that run go on. */
export function createProvider(input: ProviderInput): OwnedProvider {
  const { settings, log, world, proxyFor } = input
  const addresses = settings.addresses.map(
    (url) => input.addresses?.find((address) => address.url === url) ?? new Address(url, world),
  )
  const provider = new ConfiguredProvider({ settings, addresses, log, world, proxyFor })
  const { health } = settings
  const checks = health
    ? startHealthChecks({
        provider: settings.name,
        addresses,
        seconds: health.seconds,
        log,
        look: (address, signal) => provider.look(address, { path: health.path, signal }),
      })
    : undefined
  if (!health) for (const address of addresses) address.forgetHealth()
  return { provider, settings, addresses, [Symbol.dispose]: () => checks?.[Symbol.dispose]() }
}

type Parts = Omit<Sending, 'call' | 'key'>

class ConfiguredProvider implements Provider {
  readonly name: string
  readonly abilities: ReadonlySet<Ability>
  readonly isListed: boolean
  readonly tellsStreamUsage: boolean
  readonly #parts: Parts
  readonly #key: ProviderKey
  readonly #names: ReadonlyMap<string, string>
  readonly #models: ModelCache
  /** Of the last list, so that the log tells it once. */
  #dropped = 0

  constructor(parts: Parts) {
    const { settings, log, world } = parts
    this.#parts = parts
    this.name = settings.name
    this.abilities = new Set(abilities.filter((ability) => settings.abilities.includes(ability)))
    this.isListed = settings.isListed
    this.tellsStreamUsage = settings.tellsStreamUsage
    this.#key = new ProviderKey({ provider: settings.name, place: settings.key, log })
    this.#names = new Map(settings.models)
    this.#models = new ModelCache(() => this.#askForModels(), world)
  }

  get problem(): ServerError | undefined {
    return this.#problemWith(this.#key.read())
  }

  #problemWith(reading: KeyReading): ServerError | undefined {
    const { name, addresses } = this.#parts.settings
    const refuse = (problem: string, remedy: string) =>
      new ServerError('provider_not_configured', { provider: name, problem, remedy })
    if (addresses.length === 0) {
      const variable = providerVariable(name, 'BASE_URL')
      const remedy = `Write base_url into an entry of providers in config.yaml, or set ${variable} and start the server anew.`
      return refuse('nobody has said where it is', remedy)
    }
    return reading.problem === undefined ? undefined : refuse(reading.problem, reading.remedy)
  }

  /** The key as it is now. Throws `provider_not_configured`. */
  #usableKey(): string | undefined {
    const reading = this.#key.read()
    const problem = this.#problemWith(reading)
    if (problem || reading.problem !== undefined) throw problem
    return reading.key
  }

  upstreamName(name: string): string | undefined {
    return this.#names.get(name) ?? (this.#parts.settings.hasOnlyThese || name === '' ? undefined : name)
  }

  async models(signal: AbortSignal): Promise<readonly UpstreamModel[]> {
    const { settings } = this.#parts
    if (settings.hasOnlyThese && !this.abilities.has('models')) return this.#read(undefined).models
    try {
      const { problem } = this
      if (problem) throw problem
      if (!this.abilities.has('models')) return this.#read(undefined).models
      return await this.#models.get(signal)
    } catch (error) {
      signal.throwIfAborted()
      if (settings.models.length === 0) throw error
      return this.#read(undefined).models
    }
  }

  async send(call: UpstreamCall) {
    return await send({ ...this.#parts, call, key: this.#usableKey() })
  }

  status() {
    return this.#parts.addresses.map((address) => address.status())
  }

  /** What is wrong with one of its addresses. */
  async look(address: Address, { path, signal }: { path: string; signal: AbortSignal }): Promise<string | undefined> {
    const reading = this.#key.read()
    const problem = this.#problemWith(reading)
    if (problem || reading.problem !== undefined) return problem?.message
    // What it finds is no request's success or failure: a server may list its models and be able to run none of them.
    const beside = new Address(address.url, this.#parts.world)
    return await lookAt({ ...this.#parts, address: beside, key: reading.key }, { path, signal })
  }

  async #askForModels(): Promise<readonly UpstreamModel[]> {
    const { settings } = this.#parts
    const asking = { ...this.#parts, settings: questionSettings(settings), key: this.#usableKey() }
    const answer = await readJson(asking)
    // LM Studio answers a path that it has not with status 200.
    const problem =
      'what it gives is no list of models; base_url is to name where its API is, most often with /v1 at its end.'
    if (!isModelList(answer)) throw new ServerError('upstream_failed', { provider: settings.name, problem })
    const { models, dropped } = this.#read(answer)
    if (dropped > 0 && dropped !== this.#dropped)
      this.#parts.log.warn('a provider lists models that are left out', { provider: settings.name, dropped })
    this.#dropped = dropped
    return models
  }

  #read(answer: unknown): ReadModels {
    const { name: provider, models, hasOnlyThese } = this.#parts.settings
    return readModels(answer, { provider, models, hasOnlyThese })
  }
}
