import { encodeAbiParameters, encodePacked, hashTypedData, keccak256, parseAbiParameters, toBytes } from 'viem'
import { expect, test } from 'vitest'
import { actionTypedData, type TraceSignatureMessage, traceIdOf } from '../../src/api/typedData.ts'

const escrow = '0x5FbDB2315678afecb367f032d93F642f64180aa3'
const domain = { chainId: 31337n, escrow } as const
const message: TraceSignatureMessage = {
  modelId: 1n,
  requestId: 2n,
  inputCommitment: 3n,
  outputCommitment: 4n,
  nonce: 5n,
  deadline: 6n,
}

/** EIP-712 by hand. */
const digestOf = (structHash: `0x${string}`) => {
  const domainHash = keccak256(
    encodeAbiParameters(parseAbiParameters('bytes32, bytes32, bytes32, uint256, address'), [
      keccak256(toBytes('EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)')),
      keccak256(toBytes('ProofOfAttribution')),
      keccak256(toBytes('1')),
      31337n,
      escrow,
    ]),
  )
  return keccak256(encodePacked(['bytes2', 'bytes32', 'bytes32'], ['0x1901', domainHash, structHash]))
}

test('default: a trace id is the digest of EIP-712', () => {
  const type =
    'Trace(uint256 modelId,uint256 requestId,uint256 inputCommitment,uint256 outputCommitment,uint256 nonce,uint256 deadline)'
  const words = parseAbiParameters('bytes32, uint256, uint256, uint256, uint256, uint256, uint256')
  const structHash = keccak256(encodeAbiParameters(words, [keccak256(toBytes(type)), 1n, 2n, 3n, 4n, 5n, 6n]))
  expect(traceIdOf(domain, message)).toBe(digestOf(structHash))
})

test('default: an action is signed over trace, name and deadline', () => {
  const traceId = `0x${'ab'.repeat(32)}` as const
  const words = parseAbiParameters('bytes32, bytes32, bytes32, uint256')
  const type = keccak256(toBytes('TraceAction(bytes32 traceId,string action,uint256 deadline)'))
  const structHash = keccak256(encodeAbiParameters(words, [type, traceId, keccak256(toBytes('cancel')), 9n]))
  const typedData = actionTypedData(domain, { traceId, action: 'cancel', deadline: 9n })
  expect(hashTypedData(typedData)).toBe(digestOf(structHash))
})

test('behavior: every field changes the id, and so do chain and escrow', () => {
  const ids = [
    traceIdOf(domain, message),
    traceIdOf({ ...domain, chainId: 1n }, message),
    traceIdOf({ ...domain, escrow: `0x${'11'.repeat(20)}` }, message),
    ...Object.keys(message).map((field) => traceIdOf(domain, { ...message, [field]: 99n })),
  ]
  expect(new Set(ids).size).toBe(ids.length)
})
