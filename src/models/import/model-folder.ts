import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { importProblem } from './import-problem.ts'

/** A JSON object whose fields are not known yet. */
export type JsonObject = Readonly<Record<string, unknown>>

/** The folder of a model as sentence-transformers saves it. Every method throws `model_import_failed`. */
export class ModelFolder {
  readonly path: string

  constructor(path: string) {
    this.path = path
  }

  problem(problem: string, cause?: unknown) {
    return importProblem(this.path, problem, cause)
  }

  /** Undefined when there is no such file. */
  async text(file: string): Promise<string | undefined> {
    try {
      return await readFile(join(this.path, file), 'utf8')
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException
      if (code === 'ENOENT' || code === 'ENOTDIR') return undefined
      throw this.problem(`${file} cannot be read (${message})`, error)
    }
  }

  /** Undefined when there is no such file. */
  async json(file: string): Promise<unknown> {
    const text = await this.text(file)
    if (text === undefined) return undefined
    try {
      return JSON.parse(text)
    } catch (error) {
      throw this.problem(`${file} is not valid JSON (${(error as Error).message})`, error)
    }
  }

  /** Undefined when there is no such file; refuses a file that holds something else than an object. */
  async object(file: string): Promise<JsonObject | undefined> {
    const value = await this.json(file)
    if (value === undefined) return undefined
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      throw this.problem(`${file} holds ${JSON.stringify(value)?.slice(0, 40)}, and an object is needed`)
    return value as JsonObject
  }

  async requiredObject(file: string): Promise<JsonObject> {
    const value = await this.object(file)
    if (!value) throw this.problem(`${file} is missing`)
    return value
  }
}
