import { LabelLimit, otherLabel } from './label-limit.ts'

/** The labels of a metric that is told for each model and key: the name of the API key, empty where there was none. */
export type PayerLabels = Readonly<Record<'model' | 'key', string>>

const mostModels = 256
const mostKeys = 256
/** Of models and keys together: some metrics have twenty series for each. */
const mostPairs = 512

/** Tells under which labels something is counted: never more than so many, and never anything that a client made up. */
export class PayerLimit {
  readonly #models = new LabelLimit(mostModels)
  readonly #residents = new LabelLimit(mostModels)
  readonly #names = new LabelLimit(mostKeys)
  /** Names of keys as labels, by the keys' ids. */
  readonly #keys = new Map<string, string>()
  readonly #pairs = new Map<string, PayerLabels>()
  /** What was answered for models that are told apart, by model and key: most of what is asked is found here. */
  readonly #known = new Map<string, Map<string, PayerLabels>>()

  /** A key was shown and is valid. From now on what its share pays for is counted under its name. */
  admit({ id, name }: { readonly id: string; readonly name: string }): void {
    if (this.#keys.get(id) !== name) this.#keys.set(id, this.#names.keep(name))
  }

  /** A model runs here: it is told apart however many models of providers were asked for. */
  runs(model: string): void {
    this.#residents.keep(model)
  }

  /** `model`: one that there is, or absent. The same object for the same labels. */
  labels(model = '', share = ''): PayerLabels {
    const key = this.#keys.get(share) ?? ''
    const known = this.#known.get(model)?.get(key)
    if (known) return known
    const name = this.#residents.has(model) ? model : this.#models.keep(model)
    const labels = this.#limited(name, key)
    if (name === model) this.#remember(model, key, labels)
    return labels
  }

  /** One series for each model is always told apart, and one for what nobody has asked a model for. */
  #limited(model: string, key: string): PayerLabels {
    const isFull = this.#pairs.size >= mostPairs && key !== ''
    return this.#pairs.get(idOf(model, key)) ?? this.#pair(model, isFull ? otherLabel : key)
  }

  #pair(model: string, key: string): PayerLabels {
    const id = idOf(model, key)
    const known = this.#pairs.get(id)
    if (known) return known
    const labels = { model, key }
    this.#pairs.set(id, labels)
    return labels
  }

  #remember(model: string, key: string, labels: PayerLabels): void {
    const byKey = this.#known.get(model) ?? new Map<string, PayerLabels>()
    this.#known.set(model, byKey.set(key, labels))
  }
}

const idOf = (model: string, key: string): string => `${model}\n${key}`
