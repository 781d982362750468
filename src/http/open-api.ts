import { type TSchema, Type as t } from '@sinclair/typebox'
import { errorCatalog } from '../core/errors.ts'
import { ProblemDetails, ProblemEvent } from '../protocol/management/problem.wire.ts'
import { ErrorEnvelope } from '../protocol/openai/error.wire.ts'
import {
  doorRefusals,
  isOpenAi,
  type Route,
  type RouteExample,
  sharedRefusals,
  upstreamRefusals,
} from './define-route.ts'
import { type EventFraming, frameEvent, streamEnd } from './event-framing.ts'
import { doorCodesBeside, doorFailures, keyComponents, securityOf, shownScope } from './open-api-keys.ts'
import { openAiErrors, problemDetails } from './render-error.ts'
import { parsePath } from './route-path.ts'

type Json = Readonly<Record<string, unknown>>

/** An OpenAPI 3.1 document (https://spec.openapis.org/oas/v3.1.0) of these routes; `server` is the path that they stand under. */
export function buildOpenApi(routes: readonly Route[], version: string, server = '/'): Json {
  const paths: Record<string, Record<string, Json>> = {}
  for (const route of routes) {
    const { template } = parsePath(route.path)
    paths[template] = { ...paths[template], [route.method.toLowerCase()]: operation(route) }
  }
  const tags = [...new Set(routes.map(tagOf))].map((name) => ({ name }))
  return {
    openapi: '3.1.0',
    info: {
      title: 'Hearth',
      version,
      description: 'Language models on this machine, for anything that speaks the OpenAI API.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: server }],
    tags,
    paths,
    components: { schemas: { Error: ErrorEnvelope, Problem: ProblemDetails }, ...keyComponents },
  }
}

const tagOf = (route: Route) => route.operationId.split('.')[0] ?? 'system'
const isNever = (schema: object) => 'not' in schema

function operation(route: Route): Json {
  const parameters = parametersOf(route)
  return {
    operationId: route.operationId,
    summary: route.summary,
    description: route.description,
    tags: [tagOf(route)],
    security: securityOf(route),
    'x-scope': shownScope(route),
    ...(parameters.length > 0 && { parameters }),
    ...(!isNever(route.body) && {
      requestBody: {
        required: !route.isBodyOptional,
        content: { 'application/json': { schema: route.body, examples: examplesOf(route, (example) => example.send) } },
      },
    }),
    ...(route.takesBytes && { requestBody: { required: false, content: anyBody } }),
    responses: { ...success(route), ...doorFailures(route), ...failures(route) },
  }
}

/** What a route takes as bytes. */
const anyBody: Json = { 'application/json': { schema: {} }, 'multipart/form-data': { schema: { type: 'object' } } }

function parametersOf(route: Route): readonly Json[] {
  const shown = (route.examples[0]?.params ?? {}) as Json
  const from = (place: 'path' | 'query') => {
    const { properties, required = [] } = place === 'path' ? route.params : route.query
    return Object.entries(properties).map(([name, schema]) => ({
      name,
      in: place,
      required: place === 'path' || required.includes(name),
      ...(typeof schema.description === 'string' && { description: schema.description }),
      schema,
      ...(place === 'path' && Object.hasOwn(shown, name) && { example: shown[name] }),
    }))
  }
  return [...from('path'), ...from('query')]
}

function success(route: Route): Json {
  const raws = route.examples.flatMap(({ raw }) => raw ?? [])
  const status = String(raws[0]?.status ?? route.status ?? 200)
  // Only a route that answers with several kinds of files shows more than one.
  const mediaTypes = raws.length > 1 ? raws.map((raw) => raw.mediaType) : [mediaTypeOf(route)]
  const framing = route.framing ?? 'done'
  const events = !isNever(route.event) && {
    'text/event-stream': {
      schema: streamSchema(isOpenAi(route) ? route.event : t.Union([route.event, ProblemEvent]), framing),
      examples: examplesOf(route, (example) => example.events && toStreamText(example.events, framing)),
    },
  }
  const whole = { schema: route.reply, examples: examplesOf(route, (example) => example.reply) }
  const wholes = Object.fromEntries(mediaTypes.map((mediaType) => [mediaType, whole]))
  const answer = (content: Json) => ({ description: route.summary, content })
  if (status === '200' || !events) return { [status]: answer({ ...wholes, ...events }) }
  return { 200: answer(events), [status]: answer(wholes) }
}

const mediaTypeOf = ({ reply }: Route): string => reply.contentMediaType ?? 'application/json'

/** Of one event: version 3.1 has no word for a whole stream, and readers of it take the schema as that of each event. */
function streamSchema(event: TSchema, framing: EventFraming): TSchema {
  const inside = (contentSchema: TSchema) => t.String({ contentMediaType: 'application/json', contentSchema })
  if (framing === 'named') {
    const name = t.String({ description: 'The `type` of the object.' })
    return t.Object({ event: name, data: inside(event) }, { description: 'One event; nothing follows the last one.' })
  }
  const data = t.Union([inside(t.Union([event, ErrorEnvelope])), t.Literal('[DONE]')])
  return t.Object({ data }, { description: 'One event; the last one is `[DONE]`, but nothing follows an error.' })
}

const toStreamText = (events: readonly unknown[], framing: EventFraming) =>
  events.map((event) => frameEvent(event, framing)).join('') + streamEnd[framing]

/** Nobody is there to be told, or it is told once for all routes. */
const apart: ReadonlySet<string> = new Set(['request_cancelled', ...doorRefusals])

/** One answer for each status, which lists the codes that come with it. */
function failures(route: Route): Json {
  const bodiless = parametersOf(route).length > 0 ? ['invalid_parameter', 'internal'] : ['internal']
  const always = isNever(route.body) ? bodiless : sharedRefusals.filter((code) => !apart.has(code))
  const upstream = route.upstream ? upstreamRefusals : []
  const codes = [
    ...new Set([...always, ...upstream, ...doorCodesBeside(route), ...Object.keys(route.refusals)]),
  ] as (keyof typeof errorCatalog)[]
  const byStatus = Object.groupBy(codes, (code) => errorCatalog[code].status)
  return Object.fromEntries(
    Object.entries(byStatus).map(([status, group = []]) => [
      status,
      {
        description: group.map((code) => `\`${code}\``).join(', '),
        content: isOpenAi(route)
          ? { [openAiErrors.mediaType]: { schema: { $ref: '#/components/schemas/Error' } } }
          : { [problemDetails.mediaType]: { schema: { $ref: '#/components/schemas/Problem' } } },
      },
    ]),
  )
}

/** The parts of a route's examples that `pick` finds something in, by their names. */
function examplesOf(route: Route, pick: (example: RouteExample) => unknown): Json {
  const picked = route.examples.map((example) => [example.name, pick(example)] as const)
  const present = picked.filter(([, value]) => value !== undefined)
  return Object.fromEntries(present.map(([name, value]) => [name.replaceAll(' ', '-'), { summary: name, value }]))
}
