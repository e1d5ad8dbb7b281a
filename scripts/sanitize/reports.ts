import { mkdir, readdir, readFile, rm } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { SanitizedBuilds } from './sanitizers.ts'

/** Where processes with these variables leave what a sanitizer reports; empty at first. */
export async function openReports({ directory, preload }: SanitizedBuilds, name: string) {
  const reports = join(directory, `reports-${name}`)
  await rm(reports, { recursive: true, force: true })
  await mkdir(reports)
  const common = `log_path="${join(reports, 'report')}"`
  return {
    directory: reports,
    environment: {
      LD_PRELOAD: preload,
      // Node frees little when it ends: leaks cannot be told from that.
      ASAN_OPTIONS: `${common}:detect_leaks=0`,
      // Beside the address sanitizer it writes to stderr, whatever it is told; the end of the process makes sure that nothing is missed.
      UBSAN_OPTIONS: 'print_stacktrace=1:halt_on_error=1',
      // What Node itself does is reported too, and must not change a process' exit code.
      TSAN_OPTIONS: `${common}:exitcode=0`,
    },
  }
}

/**
 * What was reported in `directory` and on stderr: of the engine, and how many reports were of Node itself.
 * @param errors what the processes wrote to stderr
 */
export async function readReports(directory: string, errors: string): Promise<{ findings: string[]; ofNode: number }> {
  const texts = await Promise.all((await readdir(directory)).map((file) => readFile(join(directory, file), 'utf8')))
  const reports = [...texts.flatMap(splitReports), ...(errors.match(UNDEFINED_BEHAVIOUR) ?? [])]
  const findings = reports.filter((report) => !isOfNode(report))
  return { findings, ofNode: reports.length - findings.length }
}

/** A line, then a piece of memory and a stack. */
const UNDEFINED_BEHAVIOUR = /^.*: runtime error: .*(?:\n(?:0x|[ \t]).+)*/gm

/** Who called these is the one who accessed something. */
const STANDARD_LIBRARY = /^lib(?:tsan|c|stdc\+\+)\.so/

/** One process may report several times. */
function splitReports(text: string): string[] {
  return text
    .split(/^=+$/m)
    .map((report) => report.trim())
    .filter((report) => report !== '' && !/^ThreadSanitizer: reported \d+ warnings$/.test(report))
}

/**
 * Whether Node races with itself: it is not compiled with the thread sanitizer, which therefore misses how its threads agree. A report is Node's only when
 * each access or call that it names was made by Node's executable. Where the engine passes something to Node, or frees it, one side is the engine's code.
 */
function isOfNode(report: string): boolean {
  if (!report.startsWith('WARNING: ThreadSanitizer: ')) return false
  const stacks = report
    .split(/\n\s*\n/)
    .filter((part) => part.includes('#0 ') || part.includes('[failed to restore the stack]'))
    .filter((part) => !/^\s*(?:Thread T|Mutex M|Location is)/.test(part))
    .map((part) => part.split('\n').map((line) => /^\s*#\d+ .*\(([^()]+)\+0x[0-9a-f]+\)/.exec(line)?.[1]))
    .map((modules) => modules.find((name) => name !== undefined && !STANDARD_LIBRARY.test(name)))
  // The sanitizer forgets old accesses: then the other one decides.
  const known = stacks.filter((name) => name !== undefined)
  return known.length > 0 && known.every((name) => name === basename(process.execPath))
}
