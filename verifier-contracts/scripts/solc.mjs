#!/usr/bin/env node
// forge looks for `scripts/solc.mjs` from the folder it is started in to ask for the version, and from its root (this
// folder) to compile. This is the second of the two; the shim itself is one.
import '../../scripts/solc.mjs'
