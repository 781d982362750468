import { expect, test } from 'bun:test'
import { createFakeServices } from '../test/fakes/fake-services.ts'
import { warnOfContent } from './compose-content-log.ts'

test('the log says when it begins to hold what is asked and answered, and when it does so no more', async () => {
  await using services = createFakeServices()
  const { log, limits } = services
  warnOfContent(limits, log)
  const said = () => log.lines.map(({ level, message }) => [level, message])
  expect(said()).toEqual([])
  services.setLimits({ logsContent: true })
  services.setLimits({ logsContent: true, maxRequests: 5 })
  expect(said()).toEqual([['warn', expect.stringContaining('log_content')]])
  services.setLimits({ logsContent: false })
  expect(said().slice(1)).toEqual([['info', expect.stringContaining('no longer')]])
})

test('it says so at the start', async () => {
  await using services = createFakeServices({ limits: { logsContent: true } })
  warnOfContent(services.limits, services.log)
  expect(services.log.lines).toMatchObject([{ level: 'warn' }])
})
