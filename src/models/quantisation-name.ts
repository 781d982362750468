import { basename, dirname } from 'node:path'

/**
 * llama.cpp's names of file types, as people write them into names of files, from the longest to the shortest. `UD-` in front
 * is what Unsloth calls its dynamic ones. What stands behind (`_K_XL`, `_4_4`, `_MOE`) belongs to the name.
 */
const quantisation =
  /(?<=^|[-._ ])(?:UD-)?(?:I?Q\d(?:_(?:K|NL|XXS|XS|S|M|L|XL|\d))*|TQ\d_\d|(?:MX|NV)FP4(?:_MOE)?|BF16|F(?:P)?(?:16|32)|I2_S)(?=$|[-._ ])/gi

/**
 * The quantisation that a file is named for, in capitals: `Q4_K_M` of `Qwen3-8B-Q4_K_M.gguf`, `F16` of `model.fp16.gguf`,
 * `UD-Q4_K_XL`, `MXFP4`. Of several the last; where the file's name has none, that of its folder
 * (`BF16/Big-00001-of-00002.gguf`). `undefined` where nobody says. Pure; the path may be relative, or of a repository.
 */
export function quantisationOfName(path: string): string | undefined {
  const name = basename(path).replace(/\.gguf$/i, '')
  const [found] = [name, basename(dirname(path))].flatMap((text) => text.match(quantisation)?.slice(-1) ?? [])
  return found && plainQuantisation(found)
}

/** A quantisation as everybody writes it: `q4_k_m` → `Q4_K_M`, `fp16` → `F16`. */
export const plainQuantisation = (text: string): string => text.toUpperCase().replace(/^FP(?=16|32)/, 'F')

/** Whether two names mean one quantisation; Unsloth's may go without `UD-`. */
export const isSameQuantisation = (one: string, other: string): boolean => bare(one) === bare(other)

const bare = (text: string) => plainQuantisation(text).replace(/^UD-/, '')
