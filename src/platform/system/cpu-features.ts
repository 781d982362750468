/** Features of processors that arithmetic with models gains by, as Linux names them, in the order in which they are told. */
const telling: readonly string[] = [
  ...['sse4_2', 'ssse3', 'avx', 'f16c', 'fma', 'avx2', 'bmi2', 'avx_vnni'],
  ...['avx512f', 'avx512bw', 'avx512vl', 'avx512_vbmi', 'avx512vbmi', 'avx512_vnni', 'avx512_bf16', 'avx512_fp16'],
  ...['amx_tile', 'amx_int8', 'amx_bf16'],
  ...['neon', 'asimd', 'asimdhp', 'asimddp', 'i8mm', 'bf16', 'sve', 'sve2', 'svei8mm', 'sme'],
]

/** How macOS names them. */
const otherNames: Readonly<Record<string, string>> = {
  'sse4.2': 'sse4_2',
  'avx1.0': 'avx',
  feat_fp16: 'asimdhp',
  feat_dotprod: 'asimddp',
  feat_i8mm: 'i8mm',
  feat_bf16: 'bf16',
  feat_sme: 'sme',
  advsimd: 'asimd',
}

/** Those of a system's names for features that matter here, once each. Pure. */
export function tellingFeatures(names: readonly string[]): readonly string[] {
  const known = new Set(names.map((name) => name.toLowerCase()).map((name) => otherNames[name] ?? name))
  return telling.filter((name) => known.has(name))
}
