import type { ModelEvent } from './log-models.ts'
import type { ForwardedRecord, GenerationRecord, RequestRecord, TextsRecord } from './tally.ts'

/** Hears of everything that statistics are told, at once. */
export interface StatisticsListener {
  ended(record: RequestRecord): void
  waited(model: string, milliseconds: number, share?: string): void
  generated(record: GenerationRecord): void
  read(record: TextsRecord): void
  forwarded(record: ForwardedRecord): void
  failed(code: string, model?: string, share?: string): void
  noted(event: ModelEvent): void
}
