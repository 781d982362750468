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
  readonly #names = new LabelLimit(mostKeys)
  readonly #keys = new Map<string, string>()
  readonly #pairs = new Map<string, PayerLabels>()

  /** A key was shown and is valid. From now on what its share pays for is counted under its name. */
  admit({ id, name }: { readonly id: string; readonly name: string }): void {
    if (this.#keys.get(id) === name) return
    if (this.#keys.has(id) || this.#keys.size < mostKeys) this.#keys.set(id, name)
  }

  /** `model`: one that there is, or absent. The same object for the same labels. */
  labels(model = '', share = ''): PayerLabels {
    const key = this.#names.keep(this.#keys.get(share) ?? '')
    const name = this.#models.keep(model)
    const id = `${name}\n${key}`
    const known = this.#pairs.get(id)
    if (known) return known
    // One series for each model is always told apart, and one for what nobody has asked a model for.
    if (this.#pairs.size >= mostPairs && key !== otherLabel && key !== '') return this.#add(name, otherLabel)
    return this.#add(name, key)
  }

  #add(model: string, key: string): PayerLabels {
    const id = `${model}\n${key}`
    const labels = this.#pairs.get(id) ?? { model, key }
    this.#pairs.set(id, labels)
    return labels
  }
}
