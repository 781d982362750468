// Preloaded into the processes of a Hearth from source: nothing is guessed, so every token is generated on its own.
import { Speculation } from '../../../src/runtimes/llama-cpp/speculation/speculation.ts'

Speculation.prototype.guess = async () => new Map()
