import { ServerError } from '../../src/core/errors.ts'
import { BackgroundResponses } from '../../src/http/responses/background-responses.ts'
import { backgroundExample, keptExample, keptQuestion } from '../../src/http/routes/openai/get-response.examples.ts'
import { createResponseStore } from '../../src/store/create-response-store.ts'
import { inMemory } from '../../src/store/database.ts'
import type { ResponseStore } from '../../src/store/response-store.ts'

/** The real store, in memory, with the responses of the published examples. `resp_unreadable` cannot be read. */
export function createFakeResponses(): ResponseStore {
  const store = createResponseStore({
    path: inMemory,
    self: { id: 'fake', host: 'fake', process: 1 },
    limits: { days: 30, bytes: 2 ** 30 },
    isProcessRunning: () => true,
    now: () => 1_770_000_000_000,
  })
  for (const { output, ...body } of [keptExample, backgroundExample])
    store.add(
      {
        id: body.id,
        createdSeconds: body.created_at,
        isBackground: body.background,
        body,
        output: output.map((item) => ({ id: item.id, body: item })),
      },
      [{ id: keptQuestion.id, body: keptQuestion }],
      'done',
    )
  const [get, remove] = [store.get.bind(store), store.delete.bind(store)]
  store.get = (id) => get(refuseUnreadable(id))
  store.delete = (id) => remove(refuseUnreadable(id))
  return store
}

function refuseUnreadable(id: string): string {
  if (id !== 'resp_unreadable') return id
  throw new ServerError('store_unavailable', { path: '/data/hearth.sqlite', problem: 'the fake was told to fail' })
}

/** Has no room for the model `crowded` at any time. */
export class SometimesFull extends BackgroundResponses {
  override check(model: string): void {
    if (model !== 'crowded') super.check(model)
    else throw new ServerError('too_many_background', { param: 'background', model, running: 16, retryAfterSeconds: 5 })
  }
}
