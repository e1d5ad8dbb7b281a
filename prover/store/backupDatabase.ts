import { PoaError } from '../../src/errors.ts'
import type { NodeDatabase } from './openDatabase.ts'
import { toFileError } from './toFileError.ts'

/**
 * Writes a copy of an embedded database while it is in use: a gzipped tar of its directory, all of one moment. To restore it, unpack it into the
 * folder `pglite` of a new directory. The file is private.
 * @param file must not exist yet
 * @throws PoaError USE_PG_DUMP for PostgreSQL, which has tools of its own; FILE_EXISTS, STORAGE_FULL
 */
export async function backupDatabase(
  { dumpDirectory }: Pick<NodeDatabase, 'dumpDirectory'>,
  file: string,
): Promise<void> {
  if (!dumpDirectory)
    throw new PoaError('USE_PG_DUMP', 'PostgreSQL is backed up by its own tools', {
      hint: `pg_dump --format=custom --file='${file}' "$DATABASE_URL"`,
    })
  await dumpDirectory(file).catch((error) => {
    throw toFileError(error, file)
  })
}
