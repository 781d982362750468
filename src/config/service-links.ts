/**
 * Answers whether a variable was put there by Kubernetes or by links of Docker, for a service of that name: whoever calls a
 * service `hearth` gets HEARTH_PORT=tcp://10.0.0.1:8080 and HEARTH_SERVICE_HOST in every container, and means nothing by it.
 */
export function isServiceLink(name: string, variables: Readonly<Record<string, string>>): boolean {
  const prefix = linkForms.map((form) => form.exec(name)?.[1]).find((found) => found !== undefined)
  if (prefix === undefined) return false
  const isService = [`${prefix}_SERVICE_HOST`, `${prefix}_SERVICE_PORT`].every((each) => variables[each] !== undefined)
  const isLink = linkAddress.test(variables[`${prefix}_PORT`] ?? '')
  return (isService || isLink) && (name !== `${prefix}_PORT` || isLink)
}

const linkForms = [
  /^(.+)_SERVICE_HOST$/,
  /^(.+)_SERVICE_PORT(?:_.+)?$/,
  /^(.+?)_PORT(?:_\d+_(?:TCP|UDP|SCTP)(?:_(?:PROTO|PORT|ADDR))?)?$/,
]

const linkAddress = /^(tcp|udp|sctp):\/\//
