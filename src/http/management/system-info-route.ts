import { Type as t } from '@sinclair/typebox'
import { fromSystemInfo } from '../../protocol/management/system-info.ts'
import { SystemInfoReply } from '../../protocol/management/system-info.wire.ts'
import { defineRoute, type Route } from '../define-route.ts'
import { info, verboseInfo } from './system-info.examples.ts'

/** The route that tells what machine this is, under one of the paths that clients have for it. */
export const systemInfoRoute = (path: `/${string}`, operationId: `system.${string}`): Route =>
  defineRoute({
    method: 'GET',
    path,
    operationId,
    summary: 'Ask what machine this is',
    description: `The CPU with its features and the library that llama.cpp chose for it, memory, GPUs with their memory and
drivers, which back-ends of llama.cpp were tried and why one failed, disk space, versions. What costs time is kept and
read anew in the background; the first answer may take a second or two, and says \`reading\` of what takes longer.
With \`?verbose=true\` it also tells paths, and every architecture of models that can be run.`,
    params: t.Object({}),
    query: t.Object(
      {
        verbose: t.Optional(
          t.Union([t.Literal('true'), t.Literal('false')], { description: 'Tell paths and long lists, too.' }),
        ),
      },
      { additionalProperties: false },
    ),
    body: t.Never(),
    reply: SystemInfoReply,
    event: t.Never(),
    examples: [
      { name: 'a machine without a GPU', reply: info },
      { name: 'the same, verbose', query: { verbose: 'true' }, reply: verboseInfo },
    ],
    refusals: {},
    handle: async ({ query, services }) =>
      fromSystemInfo(await services.system.info(), { verbose: query.verbose === 'true' }),
  })
