import { Bug } from '../core/errors.ts'
import { AnswerCollector, type WholeAnswer } from '../protocol/openai/whole-answer.ts'
import type { LaneEvent } from './lanes.ts'

/** Reads several generations to their ends, and gives them in the order of their numbers. Throws what one throws. */
export async function readWholes(events: AsyncIterable<LaneEvent>): Promise<readonly WholeAnswer[]> {
  const collectors = new Map<number, AnswerCollector>()
  const wholes = new Map<number, WholeAnswer>()
  for await (const { index, event } of events) {
    const collector = collectors.get(index) ?? new AnswerCollector()
    collectors.set(index, collector)
    const whole = collector.push(event)
    if (whole) wholes.set(index, whole)
  }
  if (wholes.size < collectors.size) throw new Bug('A generation stopped without its end event.')
  return [...wholes].sort(([left], [right]) => left - right).map(([, whole]) => whole)
}
