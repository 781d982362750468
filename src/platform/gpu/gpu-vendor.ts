const makers: readonly (readonly [RegExp, string])[] = [
  [/nvidia/i, 'NVIDIA'],
  [/\bamd\b|advanced micro devices|ATI Technologies/i, 'AMD'],
  [/intel/i, 'Intel'],
  [/apple/i, 'Apple'],
]

/** The maker of a GPU by the name that people know, of any of the names that systems have for it. Pure. */
export const gpuVendor = (text: string | undefined): string | undefined =>
  makers.find(([pattern]) => pattern.test(text ?? ''))?.[1] ?? (text?.trim() || undefined)
