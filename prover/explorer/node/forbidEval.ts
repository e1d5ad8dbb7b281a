import { config } from 'zod'

// zod compiles its schemas by `new Function` where it may, and asks by trying. The page's policy forbids it, so it is not even tried. Imported before any schema.
config({ jitless: true })
