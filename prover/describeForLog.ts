import { BaseError } from 'viem'
import { PoaError } from '../src/errors.ts'

/**
 * What a log may hold of an error. Our own messages hold nothing private. Those of libraries may: viem's full message quotes the RPC's address, which can
 * hold an access key, and a database's may quote a row; so of them only the first line or what viem calls short goes out.
 */
export function describeForLog(error: unknown): { code: string; message: string; at?: string } {
  if (error instanceof PoaError) return { code: error.code, message: error.message }
  if (error instanceof BaseError) return { code: 'CHAIN_ERROR', message: error.shortMessage }
  if (!(error instanceof Error)) return { code: 'UNEXPECTED', message: typeof error }
  const code = (error as NodeJS.ErrnoException).code ?? error.name
  const at = error.stack?.split('\n').find((line) => line.trimStart().startsWith('at '))
  return { code, message: error.message.split('\n')[0]!.slice(0, 200), ...(at === undefined ? {} : { at: at.trim() }) }
}
