import { PoaError } from '../../src/errors.ts'

/** Whether somebody is there to be asked. */
export const canAsk = () => process.stdin.isTTY === true && process.stderr.isTTY === true

const CTRL_C = '\u0003'
const CTRL_D = '\u0004'
const BACKSPACE = ['\u007f', '\b']

/**
 * Asks on the terminal and shows nothing of the answer; the question goes to stderr.
 * @throws PoaError PASSWORD_NOT_GIVEN after Ctrl-C or Ctrl-D
 */
export async function askPassword(question: string): Promise<string> {
  const { stdin, stderr } = process
  stderr.write(question)
  stdin.setRawMode(true).setEncoding('utf8').resume()
  let answer = ''
  try {
    return await new Promise<string>((resolve, reject) => {
      stdin.on('data', (typed: string) => {
        for (const character of typed) {
          if (character === '\r' || character === '\n') return resolve(answer)
          if (character === CTRL_C || character === CTRL_D) {
            return reject(new PoaError('PASSWORD_NOT_GIVEN', 'no password was given'))
          }
          if (BACKSPACE.includes(character)) answer = [...answer].slice(0, -1).join('')
          else answer += character
        }
      })
    })
  } finally {
    stdin.removeAllListeners('data').setRawMode(false).pause()
    stderr.write('\n')
  }
}
