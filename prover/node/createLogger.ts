import { type Logger, pino } from 'pino'

/**
 * JSON lines on stderr: stdout belongs to results. Fields that could hold something private are removed by name, as a second line of defence: the
 * first is that nobody logs them.
 */
export function createLogger(level: string, destination = pino.destination({ dest: 2, sync: true })): Logger {
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: REDACTED.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]), censor: '(withheld)' },
    },
    destination,
  )
}

const REDACTED = [
  'features',
  'label',
  'inputSalt',
  'outputSalt',
  'batchSalt',
  'privateKey',
  'password',
  'signature',
  'authorization',
  'databaseUrl',
  'rpcUrls',
]
