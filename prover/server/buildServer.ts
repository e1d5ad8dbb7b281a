import { STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import helmet from '@fastify/helmet'
import rateLimit from '@fastify/rate-limit'
import underPressure from '@fastify/under-pressure'
import fastify, { type FastifyError, type FastifyReply, type FastifyRequest } from 'fastify'
import { serializerCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod'
import type { Logger } from 'pino'
import type { Address } from 'viem'
import { describeForLog } from '../describeForLog.ts'
import type { NodeChain } from '../indexing/connectChain.ts'
import { type IntakeLimits, openIntake } from '../intake/acceptTraces.ts'
import { openTraceActions } from '../intake/openTraceActions.ts'
import { RefusalError } from '../intake/RefusalError.ts'
import { RetryLaterError } from '../intake/RetryLaterError.ts'
import { warmUp } from '../intake/warmUp.ts'
import type { OnStep } from '../steps.ts'
import type { NodeDatabase } from '../store/openDatabase.ts'
import type { TraceFiles } from '../store/openTraceFiles.ts'
import type { Circuits } from '../worker/openCircuits.ts'
import type { ProofQueue } from '../worker/ProofQueue.ts'
import type { ApiContext, ApiInstance } from './ApiContext.ts'
import { addDocs } from './addDocs.ts'
import { addExplorer } from './addExplorer.ts'
import { compileValidator } from './compileValidator.ts'
import type { Disclosures } from './Disclosures.ts'
import { EventFeed } from './EventFeed.ts'
import { EventStreams } from './EventStreams.ts'
import type { Metrics } from './openMetrics.ts'
import { openProofVerifier } from './openProofVerifier.ts'
import { PROBLEM_TYPE, toProblem } from './problems.ts'
import { Readiness, type ReadinessCheck } from './Readiness.ts'
import { readJsonBody } from './readJsonBody.ts'
import { addBatchRoutes } from './routes/addBatchRoutes.ts'
import { addEventRoutes } from './routes/addEventRoutes.ts'
import { addHealthRoutes } from './routes/addHealthRoutes.ts'
import { addLedgerRoutes } from './routes/addLedgerRoutes.ts'
import { addModelRoutes } from './routes/addModelRoutes.ts'
import { addProofRoutes } from './routes/addProofRoutes.ts'
import { addTraceRoutes } from './routes/addTraceRoutes.ts'

export type ServerLimits = IntakeLimits & {
  readonly requestsPerMinutePerAddress: number
  /** Open event streams, at most half of them for one address; the default is 100. */
  readonly maxStreams?: number | undefined
}

export type ServerOptions = {
  readonly db: NodeDatabase
  readonly chain: NodeChain
  readonly circuits: Circuits
  readonly disclosures: Disclosures
  readonly files: TraceFiles
  readonly queue: Pick<ProofQueue, 'enqueue'>
  /** The account that seals and settles, where this node knows it. */
  readonly account: Address | undefined
  readonly limits: ServerLimits
  readonly readinessChecks: readonly ReadinessCheck[]
  readonly metrics: Metrics
  /** Folder of the explorer's build. */
  readonly explorer: string
  /** Origins of web pages elsewhere that may read the answers. */
  readonly corsOrigins: readonly string[]
  readonly onStep: OnStep
  readonly logger: Logger
  /** True from the beginning of a shutdown on: no trace is accepted any more. */
  readonly isDraining: () => boolean
}

/** 64 traces of `small` are 50 kB. */
const LARGEST_BODY_BYTES = 1 << 20
const LARGEST_HEADER_BYTES = 8 << 10
/** A request has to be here by then: slow senders hold connections. */
const REQUEST_TIMEOUT_MS = 30_000
const KEEP_ALIVE_TIMEOUT_MS = 65_000
/** Mean delay of the event loop over a second, above which nothing else is taken on. */
const LARGEST_LOOP_DELAY_MS = 1000
const OVERLOAD_RETRY_SECONDS = 5
const MAX_STREAMS = 100
const EVENT_POLL_MS = 250
const MS_PER_MINUTE = 60_000

/** Every method that a route may be asked with; those that it does not take are 405 and not 404. */
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const

/**
 * The HTTP API, not listening yet. It logs what it cannot do and, at `debug`, what it answers: method, route, status, milliseconds. Bodies, queries and
 * headers never reach a log.
 *
 * `close` ends event streams, waits for requests that are under way, and leaves database, circuits and queue to whoever opened them.
 */
export async function buildServer(options: ServerOptions): Promise<ApiInstance> {
  const { limits, metrics, explorer, corsOrigins, logger } = options
  const context = openContext(options)
  // Without a database the node comes up all the same: it may be there when somebody asks.
  await warmUp(options.db.kysely).catch((error) => logger.warn({ error: describeForLog(error) }, 'not warmed up'))
  const app: ApiInstance = fastify({
    // Fastify's own log lines quote URLs and whole errors.
    logger: false,
    bodyLimit: LARGEST_BODY_BYTES,
    requestTimeout: REQUEST_TIMEOUT_MS,
    keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
    http: { maxHeaderSize: LARGEST_HEADER_BYTES },
    routerOptions: { maxParamLength: 200 },
    // Connections without a request must not hold up a shutdown.
    forceCloseConnections: 'idle',
    frameworkErrors: answerError,
    clientErrorHandler: answerBrokenRequest,
  }).withTypeProvider<ZodTypeProvider>()

  app.setValidatorCompiler(compileValidator as never)
  app.setSerializerCompiler(serializerCompiler)
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, async (_request: FastifyRequest, body: Buffer) =>
    readJsonBody(body),
  )
  app.addHook('preParsing', async (request) => {
    const encoding = request.headers['content-encoding']
    if (encoding !== undefined && encoding !== 'identity')
      throw new RefusalError('UNSUPPORTED_ENCODING', 'the body must not be compressed')
  })
  app.setErrorHandler(answerError)
  app.addHook('onResponse', async (request, reply) => {
    const labels = { method: request.method, route: request.routeOptions.url ?? 'none', status: reply.statusCode }
    metrics.observeHttp(reply.elapsedTime / 1000, labels)
    logger.debug({ ...labels, ms: Math.round(reply.elapsedTime) }, 'answered')
  })

  if (corsOrigins.length > 0) allowReading(app, corsOrigins)
  await app.register(helmet, {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: { 'default-src': ["'none'"], 'frame-ancestors': ["'none'"] },
    },
    // Whoever puts TLS in front says so.
    strictTransportSecurity: false,
  })
  await app.register(rateLimit, {
    max: limits.requestsPerMinutePerAddress,
    timeWindow: MS_PER_MINUTE,
    errorResponseBuilder: (_request, { ttl, max }) =>
      new RetryLaterError('RATE_LIMITED', `more than ${max} requests a minute`, ttl / 1000),
  })
  await app.register(underPressure, {
    maxEventLoopDelay: LARGEST_LOOP_DELAY_MS,
    pressureHandler: () =>
      Promise.reject(new RetryLaterError('OVERLOADED', 'this node is overloaded', OVERLOAD_RETRY_SECONDS)),
  })
  app.setNotFoundHandler({ preHandler: app.rateLimit() }, () => {
    throw new RefusalError('ROUTE_UNKNOWN', 'there is no such route; see /openapi.json')
  })

  await addDocs(app)
  const methodsOf = collectMethods(app)
  addTraceRoutes(app, context)
  addBatchRoutes(app, context)
  addModelRoutes(app, context)
  addLedgerRoutes(app, context)
  addProofRoutes(app, context)
  addEventRoutes(app, context)
  addHealthRoutes(app, context)
  await addExplorer(app, explorer)
  refuseOtherMethods(app, methodsOf)

  let isClosing = false
  app.addHook('preClose', async () => {
    isClosing = true
    // An open stream would keep `close` waiting for ever, and a connection that is kept alive for a minute.
    context.streams.close()
  })
  app.addHook('onSend', async (_request, reply) => {
    if (isClosing || context.isDraining()) reply.header('connection', 'close')
  })
  app.addHook('onClose', () => context.verifier.close())
  endUnusedConnections(app)

  async function answerError(
    error: FastifyError | Error,
    _request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<void> {
    const problem = toProblem(error)
    if (problem.status >= 500) logger.error({ code: problem.code, error: describeForLog(error) }, 'not answered')
    if (problem.retryAfterSeconds !== undefined) reply.header('retry-after', Math.ceil(problem.retryAfterSeconds))
    await reply.code(problem.status).type(PROBLEM_TYPE).send(problem)
  }

  return app
}

/** Clients connect in advance. A connection that never carried a request is not idle to Node: it would hold up a shutdown for a minute. */
function endUnusedConnections(app: ApiInstance): void {
  const unused = new Set<Socket>()
  app.server.on('connection', (socket) => {
    unused.add(socket)
    socket.once('close', () => unused.delete(socket))
  })
  app.server.on('request', ({ socket }) => unused.delete(socket))
  app.addHook('preClose', async () => {
    for (const socket of unused) socket.destroy()
  })
}

function openContext({ db, chain, circuits, disclosures, files, queue, account, ...rest }: ServerOptions): ApiContext {
  const { limits, readinessChecks, onStep, logger, isDraining } = rest
  const { kysely } = db
  const feed = new EventFeed({ kysely, pollMs: EVENT_POLL_MS, logger })
  return {
    db,
    chain,
    circuits,
    disclosures,
    account,
    intake: openIntake({ db, chain, files, limits, onStep }),
    actOnTrace: openTraceActions({ db, chain, files, queue }),
    streams: new EventStreams({ feed, maxStreams: limits.maxStreams ?? MAX_STREAMS, logger }),
    verifier: openProofVerifier(),
    readiness: new Readiness(readinessChecks, logger),
    isDraining,
  }
}

/**
 * Lets pages of other origins read what is answered to a plain GET, event streams included. Nothing else: what takes a preflight stays refused, and no
 * answer depends on cookies.
 */
function allowReading(app: ApiInstance, origins: readonly string[]): void {
  app.addHook('onRequest', async ({ headers: { origin } }, reply) => {
    reply.header('vary', 'origin')
    if (origin !== undefined && origins.includes(origin)) reply.header('access-control-allow-origin', origin)
  })
}

/** What each route that is added from now on takes. */
function collectMethods(app: ApiInstance): Map<string, Set<string>> {
  const methodsOf = new Map<string, Set<string>>()
  app.addHook('onRoute', ({ url, method }) => {
    const methods = methodsOf.get(url) ?? new Set()
    methodsOf.set(url, methods)
    for (const name of [method].flat()) methods.add(name)
  })
  return methodsOf
}

function refuseOtherMethods(app: ApiInstance, methodsOf: ReadonlyMap<string, ReadonlySet<string>>): void {
  for (const [url, methods] of [...methodsOf]) {
    const allowed = [...methods]
    app.route({
      method: METHODS.filter((method) => !methods.has(method)),
      url,
      schema: { hide: true },
      exposeHeadRoute: false,
      // Before a body is read. The limit would come behind it, so it stands here by itself.
      config: { rateLimit: false },
      onRequest: [
        app.rateLimit(),
        async (_request, reply) => {
          reply.header('allow', allowed.join(', '))
          throw new RefusalError('METHOD_NOT_ALLOWED', `the route takes ${allowed.join(', ')}`)
        },
      ],
      handler: () => undefined,
    })
  }
}

/** What is not even HTTP never becomes a request: the answer is written to the connection. */
function answerBrokenRequest(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy()
    return
  }
  const code =
    error.code === 'HPE_HEADER_OVERFLOW'
      ? 'HEADERS_TOO_LARGE'
      : error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
        ? 'REQUEST_TIMEOUT'
        : 'MALFORMED_REQUEST'
  const problem = toProblem(new RefusalError(code, 'the request cannot be read'))
  const body = JSON.stringify(problem)
  socket.end(
    `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]}\r\ncontent-type: ${PROBLEM_TYPE}\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
  )
}
