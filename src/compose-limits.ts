import type { Config } from './config/config.ts'
import { TrustedProxies } from './core/trusted-proxies.ts'
import type { Limits } from './http/services.ts'

/** What the configuration says of requests. */
export const limitsOf = (config: Config): Limits => ({
  maxBodyBytes: config.max_body_bytes,
  maxHeaderBytes: config.max_header_bytes,
  maxRequests: config.max_requests,
  readTimeoutSeconds: config.read_timeout_seconds,
  requestTimeoutSeconds: config.request_timeout_seconds,
  heartbeatSeconds: config.heartbeat_seconds,
  requestsPerMinute: config.requests_per_minute,
  tokensPerMinute: config.tokens_per_minute,
  corsOrigins: config.cors_origins ?? [],
  trustedProxies: new TrustedProxies(config.trusted_proxies ?? []),
  sendsSecurityHeaders: config.enable_security_headers,
  basePath: basePathOf(config.base_path ?? ''),
  logsContent: config.log_content,
  hasMetrics: config.metrics,
})

/** With one slash in front and none behind; empty where it is only slashes. */
const basePathOf = (text: string): string => {
  const path = text.split('/').filter(Boolean).join('/')
  return path === '' ? '' : `/${path}`
}
