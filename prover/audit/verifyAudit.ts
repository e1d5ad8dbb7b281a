import { type Address, type Hex, isAddressEqual } from 'viem'
import type { AuditRecord, HeaderRecord, ReferenceRecord } from '../../src/audit/AuditRecord.ts'
import type { AuditSummary } from '../../src/audit/auditRecords.ts'
import { compiledCode } from '../../src/audit/compiledCode.ts'
import type { Finding, Place } from '../../src/audit/Finding.ts'
import { FINDING_CODES } from '../../src/audit/findingCodes.ts'
import { type ContractEvent, type ContractName, decodeContractEvent } from '../../src/chain/decodeContractEvent.ts'
import { PoaError } from '../../src/errors.ts'
import { openReportDigest } from './openReportDigest.ts'
import { readBundle } from './readBundle.ts'
import { readReferences } from './readReferences.ts'
import { type ReplayOptions, replayRecords } from './replayChain.ts'

export type VerifiedBundle = {
  /** Of the replay, and with what is wrong with the bundle itself: those findings come first. */
  readonly summary: AuditSummary
  /** Of the report as it was recomputed. */
  readonly digest: string
}

export type VerifyOptions = {
  /** A folder of artifacts of one's own: whoever writes a bundle also writes what its keys and verifiers are compared with. */
  readonly artifacts?: string | undefined
  readonly onProgress?: ReplayOptions['onProgress']
}

/**
 * Replays a bundle without any network, proofs included, and compares what comes of it with what its footer says.
 * @throws PoaError BUNDLE_UNREADABLE, BUNDLE_OF_OTHER_FORM; as readReferences
 */
export async function verifyAudit(
  path: string,
  { artifacts, onProgress }: VerifyOptions = {},
): Promise<VerifiedBundle> {
  const own = artifacts === undefined ? undefined : await readReferences(artifacts)
  const told: ToldOnTheWay = { header: null, circuits: [], contracts: new Map() }
  const bundle = readBundle(path)
  const report = openReportDigest()
  const summary = await replayRecords(noteCode(bundle.records, told), { sinks: [report.sink], onProgress })
  const digest = report.finish(summary)
  const findings = [...bundle.findings, ...(own === undefined ? [] : compareCode(told, own))]
  const footer = bundle.footer()
  if (footer !== null && footer.report !== digest) {
    findings.push({
      code: 'BUNDLE_REPORT_DIFFERS',
      subject: {},
      at: null,
      expected: footer.report,
      found: digest,
      message: `replaying the bundle gives ${summary.counts.fault} faults and ${summary.counts.gap} gaps; whoever wrote it had ${footer.faults} and ${footer.gaps}, or other rows`,
    })
  }
  return { summary: withFindings(summary, findings), digest }
}

function withFindings(summary: AuditSummary, findings: readonly Finding[]): AuditSummary {
  const counts = { ...summary.counts }
  for (const { code } of findings) counts[FINDING_CODES[code].severity] += 1
  return { ...summary, ok: summary.ok && findings.length === 0, counts, findings: [...findings, ...summary.findings] }
}

type RegisteredCircuit = {
  readonly args: Extract<ContractEvent, { eventName: 'CircuitRegistered' }>['args']
  readonly place: Place
  /** Of its verifier, as the bundle has it. */
  code: Hex | null
}

/** What of a bundle is compared with one's own build. */
type ToldOnTheWay = {
  header: HeaderRecord | null
  readonly circuits: RegisteredCircuit[]
  /** The code of the five contracts. */
  readonly contracts: Map<ContractName, Hex>
}

/** Notes which circuits and contracts a bundle tells of, on the way to the replay. */
async function* noteCode(records: AsyncIterable<AuditRecord>, told: ToldOnTheWay): AsyncGenerator<AuditRecord> {
  const { circuits, contracts } = told
  for await (const record of records) {
    if (record.type === 'header') told.header = record
    if (record.type === 'event') {
      const event = decode(record)
      const place = { transaction: record.transaction, block: record.block.number, logIndex: record.logIndex }
      if (event?.eventName === 'CircuitRegistered') circuits.push({ args: event.args, place, code: null })
    }
    if (record.type === 'code') {
      for (const circuit of circuits)
        if (isAddressEqual(circuit.args.verifier, record.address)) circuit.code = record.code
      for (const [name, address] of Object.entries(told.header?.deployment ?? {}))
        if (isAddressEqual(address, record.address)) contracts.set(name as ContractName, record.code)
    }
    yield record
  }
}

function decode(log: Parameters<typeof decodeContractEvent>[0]): ContractEvent | undefined {
  try {
    return decodeContractEvent(log)
  } catch (error) {
    if (error instanceof PoaError) return undefined // The replay says so.
    throw error
  }
}

/** Every circuit must have a key and a verifier of ours, and every contract code of ours, whatever the bundle brings along. */
function compareCode({ header, circuits, contracts }: ToldOnTheWay, own: readonly ReferenceRecord[]): Finding[] {
  const deployment = header!.deployment
  const others = [...contracts].filter(([name, code]) => compiledCode(own, name, deployment) !== code)
  return [
    ...others.map(([name]) => codeNotOurs(name, deployment[name])),
    ...circuits.flatMap((circuit) => compareCircuit(circuit, own)),
  ]
}

const codeNotOurs = (name: ContractName, contract: Address): Finding => ({
  code: 'CONTRACT_NOT_COMPARED',
  subject: { contract },
  at: null,
  expected: null,
  found: null,
  message: `the code of ${name} is not what was compiled here: the bundle alone says that it is right`,
})

function compareCircuit(
  { args: { circuitId, keyHash, verifier }, place: at, code }: RegisteredCircuit,
  own: readonly ReferenceRecord[],
): Finding[] {
  const hasKey = own.some((reference) => reference.kind === 'circuit-key' && reference.keyHash === keyHash)
  const hasCode = own.some((reference) => reference.kind === 'verifier-code' && reference.code === code)
  return [
    ...(hasKey ? [] : [notOurs(circuitId, keyHash, at)]),
    ...(hasCode ? [] : [notCompared(circuitId, verifier, at)]),
  ]
}

const notOurs = (circuitId: Hex, keyHash: Hex, at: Place): Finding => ({
  code: 'CIRCUIT_KEY_NOT_OURS',
  subject: { circuitId },
  at,
  expected: 'a key of the artifacts',
  found: keyHash,
  message: `no artifacts at hand have the key of circuit ${circuitId}: whoever made it may be able to forge proofs`,
})

const notCompared = (circuitId: Hex, contract: Hex, at: Place): Finding => ({
  code: 'VERIFIER_NOT_COMPARED',
  subject: { circuitId, contract },
  at,
  expected: null,
  found: null,
  message: `the verifier of circuit ${circuitId} is none that was generated here: the bundle alone says that it is right`,
})
