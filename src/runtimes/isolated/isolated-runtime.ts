import { reviveError, ServerError } from '../../core/errors.ts'
import { tellsOfLackOfMemory } from '../../core/lacks-memory.ts'
import type { ModelEntry } from '../../core/model.ts'
import type { LoadCall, LoadedModel, Runtime } from '../../core/runtime.ts'
import { type ChildCommand, FramedChild, killedBySystem } from './child-process.ts'
import type { FromChild, ToChild } from './frames.ts'
import { IsolatedModel } from './isolated-model.ts'

export interface IsolatedRuntimeOptions {
  /** Answers for the entry alone; its `load` is never called in this process. */
  readonly inner: Runtime
  /** How to start a process that calls `runChild` with the same runtime. What it throws is why the model is not loaded. */
  readonly command: (model: ModelEntry) => ChildCommand
  /** Lines that a child writes, and what it logs. */
  readonly onLog: (level: 'debug' | 'warn' | 'error', message: string, facts: { model: string }) => void
  /** How long a child may say nothing before it counts as hung and is ended. */
  readonly patience?: Patience
}

interface Patience {
  /** While it loads: the making of a large context and the compiling for a GPU are silent. */
  readonly loadMilliseconds: number
  /** After it was told to drop a request: one batch of a very large model cannot be interrupted. */
  readonly cancelMilliseconds: number
}

const defaultPatience: Patience = { loadMilliseconds: 600_000, cancelMilliseconds: 120_000 }

/**
 * Runs another runtime in a process of its own for each loaded model: native code that aborts, is killed or runs out of
 * memory then costs the requests it was working on and nothing else, and a model that leaves gives back all its memory.
 */
export function isolate({ inner, command, onLog, patience = defaultPatience }: IsolatedRuntimeOptions): Runtime {
  return {
    name: inner.name,
    accepts: (model) => inner.accepts(model),
    least: (model, room) => inner.least(model, room),
    estimate: (model, room) => inner.estimate(model, room),
    load: async (model, call) => loadInChild({ model, call, command: command(model), onLog, patience }),
  }
}

interface ChildLoad {
  readonly model: ModelEntry
  readonly call: LoadCall
  readonly command: ChildCommand
  readonly onLog: IsolatedRuntimeOptions['onLog']
  readonly patience: Patience
}

async function loadInChild({ model, call, command, onLog, patience }: ChildLoad): Promise<LoadedModel> {
  call.signal.throwIfAborted()
  const lastWords: string[] = []
  const answer = Promise.withResolvers<IsolatedModel>()
  let opened: IsolatedModel | undefined
  const child = new FramedChild(command, {
    onText(line) {
      lastWords.push(line)
      if (lastWords.length > 20) lastWords.shift()
      onLog('debug', line, { model: model.id })
    },
    onFrame(frame: FromChild) {
      if (frame.type === 'log') onLog(frame.level, frame.message, { model: model.id })
      else if (frame.type === 'load-progress') call.onProgress?.(frame.fraction)
      else if (frame.type === 'load-failure') answer.reject(reviveError(frame.error))
      else if (frame.type !== 'load-end') {
        opened?.receive(frame)
        if (frame.type === 'facts') call.onFacts?.(frame.facts)
      } else {
        const { facts, abilities } = frame
        opened = new IsolatedModel({ model, facts, abilities, child, cancelMilliseconds: patience.cancelMilliseconds })
        answer.resolve(opened)
      }
    },
  })
  const abort = () => answer.reject(call.signal.reason)
  call.signal.addEventListener('abort', abort)
  void child.gone.then((how) => answer.reject(diedWhileLoading(model, how, lastWords)))
  child.send(loadFrame(model, call, child))
  using _watch = child.watch(patience.loadMilliseconds)
  try {
    return await answer.promise
  } catch (error) {
    await child.end(call.signal.aborted ? 0 : 1000)
    throw error
  } finally {
    call.signal.removeEventListener('abort', abort)
  }
}

function loadFrame(model: ModelEntry, { room }: LoadCall, { frameDescriptor }: FramedChild): ToChild {
  return { type: 'load', model, ...(room && { room }), ...(frameDescriptor !== undefined && { frameDescriptor }) }
}

/** What native code does that reads what it did not expect: it would do so again. */
const crashes = /SIG(ABRT|SEGV|BUS|FPE|TRAP)/

/** A file that is wrong in the right place makes llama.cpp abort the process; its last words say where. */
function diedWhileLoading(model: ModelEntry, how: string, lastWords: readonly string[]): ServerError {
  const why = lastWords.find((line) => /GGML_ASSERT|abort|error|fail/i.test(line)) ?? lastWords.at(-1)
  const problem = `the process that loaded it ended (${how})${why ? `, saying: ${why.trim()}` : ''}`
  const lacksMemory = how === killedBySystem || lastWords.some(tellsOfLackOfMemory)
  if (!lacksMemory && crashes.test(how)) return new ServerError('model_unusable', { model: model.id, problem })
  return new ServerError('model_load_failed', { model: model.id, problem, ...(lacksMemory && { lacksMemory }) })
}
