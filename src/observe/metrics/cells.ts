import { Cell, type Labels } from './cell.ts'
import { type CountedMetric, countedMetrics, type MetricRow } from './metric-table.ts'

/** Cells of all metrics that are counted. */
export class Cells {
  readonly #metrics = new Map<CountedMetric, Map<string, Cell>>()
  /** The same, as they are found in the middle of a request: without writing labels. */
  readonly #known = new Map<object, Map<string, Cell>>()

  /**
   * The cell of a metric with these labels and `more`, which `detail` tells apart from others with the same: a word of the
   * server's. `labels` is to be the same object each time.
   */
  find(name: CountedMetric, labels: Labels, detail = '', more?: Labels): Cell {
    let known = this.#known.get(labels)
    if (!known) {
      known = new Map()
      this.#known.set(labels, known)
    }
    const id = detail === '' ? name : `${name} ${detail}`
    let cell = known.get(id)
    if (!cell) {
      cell = this.#make(name, more ? { ...labels, ...more } : labels)
      known.set(id, cell)
    }
    return cell
  }

  /** In the order in which they were made. */
  of(name: CountedMetric): Iterable<Cell> {
    return this.#metrics.get(name)?.values() ?? []
  }

  /** The same cell for the same labels. */
  #make(name: CountedMetric, labels: Labels): Cell {
    const row: MetricRow = countedMetrics[name]
    // In the order of the table, whoever counts.
    const made = new Cell(Object.fromEntries(row.labels.map((label) => [label, labels[label] ?? ''])), row.buckets)
    let cells = this.#metrics.get(name)
    if (!cells) {
      cells = new Map()
      this.#metrics.set(name, cells)
    }
    const cell = cells.get(made.labels) ?? made
    cells.set(made.labels, cell)
    return cell
  }
}
