import { type Check, ok, problem, warning } from './check.ts'
import type { DoctorFacts } from './facts.ts'

/** The address, who else is there, and the network. Pure. */
export function checkServer(facts: DoctorFacts, version: string): readonly Check[] {
  return [
    checkPort(facts, version),
    ...checkDoor(facts),
    ...checkOthers(facts),
    ...checkDatabase(facts),
    ...checkHub(facts),
  ]
}

function checkPort({ port: { host, port, state, version: running, detail } }: DoctorFacts, version: string): Check {
  const place = `${host}:${port}`
  if (port === 0) return ok('port', detail ?? 'Any free port will be taken.')
  if (state === 'free') return ok('port', `Port ${port} on ${host} is free.`)
  if (state === 'refused') return checkRefusal(place, host, detail)
  if (state === 'taken')
    return problem(
      'port',
      `Port ${port} on ${host} is taken by ${detail ?? 'another program'}.`,
      `${another}, or stop that program.`,
    )
  if (running === version) return ok('port', `Hearth ${running} is running on ${place}.`)
  const message = `Hearth ${running ?? 'of an unknown version'} is running on ${place}, and this is ${version}.`
  return warning('port', message, 'Stop it and start this one, so that the commands of this one find what they know.')
}

/** It is of no use to know that a port is free where nothing is going to listen on it. */
const checkDoor = ({ openDoor }: DoctorFacts): readonly Check[] =>
  openDoor ? [problem('open-door', `No server would start: ${openDoor.message}`, openDoor.hint)] : []

const another = 'Choose another port with --port (0 takes any free one)'

function checkRefusal(place: string, host: string, detail = 'the system refuses'): Check {
  if (detail === 'EACCES')
    return problem(
      'port',
      `This user may not listen on ${place}: ${detail}.`,
      `${another}; those below 1024 are reserved.`,
    )
  if (/^(EADDRNOTAVAIL|ENOTFOUND|EAI_AGAIN)$|^Failed to listen/.test(detail)) {
    const remedy = 'Choose one with --host: 127.0.0.1 for this machine alone, 0.0.0.0 for others too.'
    return problem('port', `${host} is not an address of this machine: ${detail}.`, remedy)
  }
  return problem('port', `Nothing can listen on ${place}: ${detail}.`, `${another}, or another address with --host.`)
}

const checkOthers = ({ otherServers }: DoctorFacts): readonly Check[] =>
  otherServers.map(({ name, port, areModelsUsed }) => {
    const models = areModelsUsed ? ', and the models that it has fetched are used here, too' : ''
    const memory = 'What its models take of the memory is missing here.'
    return ok('other-server', `${name} is running on port ${port}: no conflict${models}. ${memory}`)
  })

function checkDatabase({ databaseUsers = [], data }: DoctorFacts): readonly Check[] {
  if (databaseUsers.length < 2) return []
  const message = `The processes ${databaseUsers.join(', ')} use the same database in ${data.path}: each takes memory for models as if it were alone.`
  return [warning('two-servers', message, 'Keep one of them, or give each a HEARTH_HOME of its own.')]
}

function checkHub({ hub }: DoctorFacts): readonly Check[] {
  if (!hub) return []
  const { endpoint, status, problem: why, hasToken } = hub
  const proxy = 'Check the network and the proxy (HTTPS_PROXY), or set HF_ENDPOINT to a mirror.'
  if (status === undefined)
    return [problem('hub', `${endpoint} cannot be reached: ${why ?? 'nobody says why'}.`, proxy)]
  if (hasToken && (status === 401 || status === 403)) {
    return [
      problem(
        'hub',
        `${endpoint} does not take the token in HF_TOKEN (${status}).`,
        'Make a new one there, or unset HF_TOKEN.',
      ),
    ]
  }
  if (status >= 400 && status !== 401) return [warning('hub', `${endpoint} answers with ${status}.`, proxy)]
  return [ok('hub', `${endpoint} can be reached${hasToken ? ', and takes the token' : ''}.`)]
}
