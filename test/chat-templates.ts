import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Template } from '@huggingface/jinja'
import { projectFolder } from '../scripts/project-folder.ts'
import type { ConversationSyntax } from '../src/conversation/conversation-syntax.ts'
import { readSyntax } from '../src/conversation/read-syntax.ts'

/** A chat template of the fixtures, ready to be called. */
export interface LoadedTemplate {
  readonly source: string
  readonly syntax: ConversationSyntax
  render(variables: Readonly<Record<string, unknown>>): string
}

const loaded = new Map<string, LoadedTemplate>()

/** Reads a template by the name of its file. It is run by Hugging Face's engine; the program uses llama.cpp's. */
export function loadTemplate(name: string): LoadedTemplate {
  const known = loaded.get(name) ?? readTemplate(name)
  loaded.set(name, known)
  return known
}

function readTemplate(name: string): LoadedTemplate {
  const source = readFileSync(join(projectFolder, 'test', 'fixtures', 'chat-templates', `${name}.jinja`), 'utf8')
  const template = new Template(source)
  const render = (variables: Readonly<Record<string, unknown>>) =>
    template.render({ bos_token: '<s>', eos_token: '</s>', ...variables })
  return { source, syntax: readSyntax({ template: source, render }), render }
}
