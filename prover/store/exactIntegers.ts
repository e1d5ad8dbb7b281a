import pg from 'pg'

const { INT8, NUMERIC } = pg.types.builtins
/** Object ids of the array types; pg names only the elements'. */
const TEXT_ARRAY = 1009
const INT8_ARRAY = 1016
const NUMERIC_ARRAY = 1231

const parseTextArray = pg.types.getTypeParser(TEXT_ARRAY as number) as (text: string) => (string | null)[]
const parseIntegerArray = (text: string) =>
  parseTextArray(text).map((element) => (element === null ? null : BigInt(element)))

/** pg's parsers of results, but int8 and numeric, and lists of them, become bigint. A numeric with a fraction is an error. */
export const exactIntegers = {
  getTypeParser(type: number, format?: 'text' | 'binary') {
    if (type === INT8 || type === NUMERIC) return BigInt
    if (type === INT8_ARRAY || type === NUMERIC_ARRAY) return parseIntegerArray
    return pg.types.getTypeParser(type, format as 'text')
  },
} as pg.CustomTypesConfig
