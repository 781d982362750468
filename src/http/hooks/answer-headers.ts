import type { Limits } from '../services.ts'
import { corsHeaders, type PageOrigin } from './cors.ts'
import { correlationIdHeader, requestIdHeader } from './request-id.ts'
import { securityHeaders } from './security-headers.ts'

interface AnsweredRequest {
  readonly request: Pick<Request, 'url' | 'headers'>
  readonly id: string
  readonly correlationId: string | undefined
  readonly page: PageOrigin
}

type HeaderTable = Readonly<Record<string, string>>

/** The headers of any answer: what is said of all answers, over that what this one says, and over both what its request was called. */
export function answerHeaders(answered: AnsweredRequest, own: HeaderTable, limits: Limits): Record<string, string> {
  const { request, id, correlationId, page } = answered
  const cors = corsHeaders(page, limits.corsOrigins)
  const headers: Record<string, string> = {
    ...(limits.sendsSecurityHeaders && securityHeaders(request)),
    ...cors,
    ...own,
    [requestIdHeader]: id,
    ...(correlationId !== undefined && { [correlationIdHeader]: correlationId }),
  }
  if (cors.vary && own.vary) headers.vary = `${cors.vary}, ${own.vary}`
  return headers
}
