/**
 * The moments between two durable states, in the order in which a trace lives through them. Whatever happens at one of them, the node goes on
 * from where it was; test/prover/node/ kills it at each.
 */
export const STEPS = [
  'trace.filed', // its file is on disk, its row is not in the database
  'trace.stored', // its row is there, the client has no answer
  'seal.intended', // stored, not signed
  'seal.signed', // stored with nonce and signature, not broadcast
  'seal.broadcast', // sent, no receipt
  'index.written', // rows of new blocks written, their database transaction still open
  'proof.queueing', // the batch can be proved, no job exists
  'proof.witness', // a worker computes the witness
  'proof.proving', // a worker makes the proof
  'proof.made', // the proof is verified, not stored
  'proof.stored', // the proof is stored, its job not acknowledged
  'settle.intended',
  'settle.signed',
  'settle.broadcast',
  'settle.mined', // the receipt is known, not stored
] as const
export type Step = (typeof STEPS)[number]

/** Told of each step as it is reached, and awaited. The node logs them; tests end the process there. */
export type OnStep = (step: Step) => void | Promise<void>
