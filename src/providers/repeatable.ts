import type { UpstreamCall } from '../core/provider.ts'

/** What only computes: done twice, it costs twice and changes nothing. By the beginning of the path. */
const computed = /^(chat\/completions|completions|embeddings|responses|rerank|moderations|images|audio)(\/|$|\?)/

/** Whether a request may be sent again although it may have been carried out. Pure. */
export const isRepeatable = ({ method, path }: Pick<UpstreamCall, 'method' | 'path'>): boolean =>
  method !== 'POST' || computed.test(path)
