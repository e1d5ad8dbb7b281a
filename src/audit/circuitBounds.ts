/* The bounds of VerifierRegistry. A registry of a stranger may name any number. */

export const MAXIMUM_TRACES = 255
export const MAXIMUM_CONTRIBUTORS = 64
