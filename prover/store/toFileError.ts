import { PoaError } from '../../src/errors.ts'

/** What is thrown in place of an error of the file system: PoaError FILE_EXISTS or STORAGE_FULL; any other error stays as it is. */
export function toFileError(error: unknown, file: string): unknown {
  const { code } = error as NodeJS.ErrnoException
  if (code === 'EEXIST')
    return new PoaError('FILE_EXISTS', `${file} exists`, { hint: 'name a file that does not exist yet' })
  if (code === 'ENOSPC' || code === 'EDQUOT')
    return new PoaError('STORAGE_FULL', `There is no space left for ${file}`, { hint: 'free space on its disk' })
  return error
}
