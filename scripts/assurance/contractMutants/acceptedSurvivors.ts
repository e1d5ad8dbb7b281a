/** Mutants that no test can tell from the contract, by the reason why. They still count as survivors. Named as `nameOf` does. */
export const ACCEPTED_SURVIVORS: readonly { readonly reason: string; readonly mutants: readonly string[] }[] = [
  {
    reason: 'fewer rounds of four, or none that counts: the loop after them does the rest, word by word',
    mutants: [
      'AttributionStatement.evaluationSignal: rounds -> 0',
      'AttributionStatement.evaluationSignal: let rounds := shr(2, mload(x)) -> let rounds := 0',
      'AttributionStatement.evaluationSignal: let rounds := shr(2, mload(x)) -> let rounds := shr(3, mload(x))',
      'AttributionStatement._firstOutside: rounds -> 0',
      'AttributionStatement._firstOutside: let rounds := shr(2, values.length) -> let rounds := 0',
      'AttributionStatement._firstOutside: let rounds := shr(2, values.length) -> let rounds := shr(3, values.length)',
      'AttributionStatement._firstOutside: iszero( and( and( lt(sub(calldataload(word), minimum), range), lt(sub(calldataload(add(word, 0x20)), minimum), range) ), and( lt(sub(calldataload(add(word, 0x40)), minimum), range), lt(sub(calldataload(add(word, 0x60)), minimum), range) ) ) ) -> 1',
      'AttributionStatement._firstOutside: word := add(word, 0x80) -> (nothing)',
    ],
  },
  {
    reason: 'at a balance of zero both sides give zero',
    mutants: [
      'EpochLedger._netContributor: paidWei = balanceWei > 0 ? balanceWei.toUint256() : 0 -> paidWei = (balanceWei >= 0) ? balanceWei.toUint256() : 0',
      'EpochLedger._netContributor: uint256 carriedWei = balanceWei < 0 ? (-balanceWei).toUint256() : 0 -> uint256 carriedWei = (balanceWei <= 0) ? (-balanceWei).toUint256() : 0',
      'EpochLedger._netContributor: uint256 carriedWei = balanceWei < 0 ? (-balanceWei).toUint256() : 0 -> uint256 carriedWei = balanceWei < 1 ? (-balanceWei).toUint256() : 0',
    ],
  },
  {
    reason: 'an earning has 181 bits with its sign: any shift from 180 on leaves the sign alone',
    mutants: [
      'EpochLedger._earningsWeiRoundedDown: positive += earning & ~(earning >> 255) -> positive += earning & ~(earning >> 256)',
      'EpochLedger._earningsWeiRoundedDown: positive += earning & ~(earning >> 255) -> positive += earning & ~(earning >> 254)',
    ],
  },
  {
    reason: 'deletes a debt that is not there',
    mutants: ['EpochLedger._netContributor: owedWei != 0 -> true'],
  },
  {
    reason: 'the pairing of one pair takes 79,000',
    mutants: ['Bn254.PAIRING_GAS: 500_000 -> 500_000 + 1', 'Bn254.PAIRING_GAS: 500_000 -> 500_000 - 1'],
  },
  {
    reason: 'an id that equals the oldest so far is the oldest so far',
    mutants: ['InferenceEscrow._openBatch: lt(requestId, oldest) -> iszero(gt(requestId, oldest))'],
  },
  {
    reason: 'no id is in that word either, and it is replaced before it is used',
    mutants: [
      'PackedStates.move: let index := not(0) -> let index := not(1)',
      'PackedStates.move: let word := 0 -> let word := 1',
    ],
  },
  {
    reason: 'writes a word and reads it again between neighbours: dearer, and the same in the end',
    mutants: [
      'PackedStates.move: xor(shr(7, requestId), index) -> or(shr(7, requestId), index)',
      'PackedStates.move: xor(shr(7, requestId), index) -> 1',
    ],
  },
  {
    reason: 'two points are compared, in either order',
    mutants: [
      'VerifierRegistry._requireSoundKey: Bn254.isEqualUpToSign(key.delta, key.gamma) -> Bn254.isEqualUpToSign(key.gamma, key.delta)',
      'VerifierRegistry._requireSoundKey: revert KeyDeltaIsGamma({isNegated: !Bn254.hasEqualY(key.delta, key.gamma)}) -> revert KeyDeltaIsGamma({isNegated: !Bn254.hasEqualY(key.gamma, key.delta)})',
      'VerifierRegistry._requireSoundKey: Bn254.isEqualUpToSign(key.beta, key.gamma) -> Bn254.isEqualUpToSign(key.gamma, key.beta)',
      'VerifierRegistry._requireSoundKey: Bn254.isEqualUpToSign(key.beta, key.delta) -> Bn254.isEqualUpToSign(key.delta, key.beta)',
    ],
  },
]
