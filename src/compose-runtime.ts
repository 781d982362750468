import type { Environment } from './config/environment.ts'
import { ServerError } from './core/errors.ts'
import type { ModelEntry } from './core/model.ts'
import type { DeviceMemory } from './core/native-report.ts'
import type { Runtime } from './core/runtime.ts'
import type { Log } from './observe/log.ts'
import { readMachine, usableCores } from './platform/machine.ts'
import { type ChildProgram, childProgram, dangerousVariables } from './platform/own-command.ts'
import type { ChildCommand } from './runtimes/isolated/child-process.ts'
import { isolate } from './runtimes/isolated/isolated-runtime.ts'
import { createLlamaCppRuntime } from './runtimes/llama-cpp/llama-cpp-runtime.ts'
import { nicenessOf, threadPoolSize } from './runtimes/llama-cpp/thread-pool.ts'

interface RuntimeParts {
  readonly environment: Environment
  readonly log: Log
  /** Whether a model is refused that would run on the processor though it asks for the GPU. */
  readonly requiresGpu?: boolean
  /** Of the GPUs that models may run on; undefined where nobody knows of one. Absent: nobody does. */
  readonly deviceMemory?: () => DeviceMemory | undefined
}

/** The runtime of this server: llama.cpp, in a process of its own for each model. */
export function composeRuntime(parts: RuntimeParts): Runtime {
  const { log, deviceMemory = () => undefined } = parts
  const inner = createLlamaCppRuntime({
    // This process loads no native inference code: the one below is asked for estimates only.
    libraries: () => Promise.reject(new Error('native libraries are for child processes')),
    machine: () => ({ ...readMachine(), ...deviceBytesOf(deviceMemory()) }),
    onLog: () => {},
  })
  return isolate({
    inner,
    command: (model) => childCommand(model, parts),
    // llama.cpp warns of things that nobody who runs a server can do anything about.
    onLog: (level, message, facts) => log[level === 'warn' ? 'debug' : level](message, facts),
  })
}

/** All of it, and not what is free: a model that needs a GPU has others leave it. */
const deviceBytesOf = (memory: DeviceMemory | undefined) => (memory ? { deviceBytes: memory.totalBytes } : {})

function childCommand(model: ModelEntry, { environment, log, requiresGpu }: RuntimeParts): ChildCommand {
  const niceness = nicenessOf(model.kind)
  const { command, environment: variables } = nativeCommand(environment, (path) => tellReplaced(path, log))
  return {
    ...(niceness !== undefined && { niceness }),
    command: requiresGpu ? [...command, '--require-gpu'] : command,
    environment: { ...variables, UV_THREADPOOL_SIZE: String(threadPoolSize(model.kind, usableCores())) },
  }
}

/** Whoever has updated the program may take it for the new one. */
function tellReplaced(path: string, log: Log): void {
  log.warn(
    `${path} was replaced or removed: models go on with the version that runs. Restart the server to use the new one.`,
  )
}

/**
 * How a process is started that may open the native libraries, and what it may see of the environment. `onReplaced` is told
 * of an update that this process has not taken part in. Throws `native_libraries_unusable` where only the new one can be started.
 */
export function nativeCommand(
  environment: Environment,
  onReplaced: (path: string) => void = () => {},
): Pick<ChildCommand, 'command' | 'environment'> {
  const program = childProgram()
  if (program.type === 'replaced') onReplaced(program.path)
  const variables = { ...environment.variables }
  for (const name of dangerousVariables) delete variables[name]
  // Secrets of the server are none of a model's business.
  delete variables.HF_TOKEN
  delete variables.HEARTH_API_KEY
  delete variables.ALLOWED_API_KEYS
  return { command: [...commandOf(program), 'runtime', 'llama-cpp'], environment: variables }
}

function commandOf(program: ChildProgram): readonly [string, ...string[]] {
  if (program.type !== 'gone') return program.command
  throw new ServerError('native_libraries_unusable', {
    problem: `${program.path} was replaced or removed while it ran, and this system starts only what lies there now`,
    remedy: 'Restart Hearth: models that are loaded work until then.',
  })
}
