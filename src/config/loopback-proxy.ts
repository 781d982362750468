/** As NO_PROXY has them. */
const loopback = 'localhost,127.0.0.0/8,::1'

/**
 * Adds this machine itself to NO_PROXY where a proxy is named: no proxy can reach it for us, and what fetches for us (Bun, Deno, pip)
 * reads these variables itself.
 */
export function exceptLoopback(variables: Record<string, string | undefined>): void {
  const names = Object.keys(variables).filter((name) => variables[name])
  if (!names.some((name) => /^(https?|all)_proxy$/i.test(name))) return
  const list = variables.no_proxy || variables.NO_PROXY
  const whole = list ? `${list},${loopback}` : loopback
  variables.no_proxy = whole
  variables.NO_PROXY = whole
}
