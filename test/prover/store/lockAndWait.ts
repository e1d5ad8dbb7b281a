/** A process that tries to lock the directory named by its argument, prints how that went, and waits to be killed. */
import { lockDirectory } from '../../../prover/store/lockDirectory.ts'

const outcome = await lockDirectory(process.argv[2]!).then(
  () => 'locked',
  (error) => error.code,
)
process.stdout.write(outcome)
setInterval(() => {}, 60_000)
