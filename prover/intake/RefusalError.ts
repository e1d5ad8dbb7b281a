import { PoaError } from '../../src/errors.ts'

/** What was asked is refused for a reason that lies with it, or with the state that it is about. Its message is for whoever asked. */
export class RefusalError extends PoaError {}
