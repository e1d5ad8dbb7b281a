// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {Bn254} from "./Bn254.sol";

/// @title The encoding of what one proof says, word for word that of the circuit and of the TypeScript reference
/// @notice The public data vector is X = [pool_1..B, inputCommitment_1..B, outputCommitment_1..B, earning_1..K]. Empty slots
/// stand at the tail of each part and are zero. X is far too long for public signals, so a proof is bound to it by one
/// evaluation at a challenge that hashes X together with the digest D of everything the circuit absorbed.
library AttributionStatement {
    /// @notice Domain of the context hash.
    bytes32 internal constant CONTEXT_TAG = keccak256("poa/context/v1");
    /// @notice Domain of the challenge hash.
    bytes32 internal constant CHALLENGE_TAG = keccak256("poa/challenge/v1");

    /// @notice Pools are below this, in wei.
    uint256 internal constant POOL_LIMIT = 1 << 96;
    /// @notice Encoded earnings are below this.
    uint256 internal constant EARNING_LIMIT = 1 << 181;
    /// @notice An earning e, signed and in 2^-64 wei, is encoded as e + 2^180.
    int256 internal constant EARNING_OFFSET = 1 << 180;
    /// @notice An earning counts 2^-64 wei.
    uint256 internal constant EARNING_FRACTION_BITS = 64;

    /// @notice The public signals by name, in the circuit's order: outputs first.
    struct PublicSignals {
        /// D, the digest of the proof's transcript.
        uint256 digest;
        /// sum_i X_i challenge^(i+1) mod r.
        uint256 evaluation;
        uint256 weightsCommitment;
        uint256 indexCommitment;
        uint256 challenge;
        uint256 context;
    }

    /// @notice The filled slots of a batch, in its order.
    struct Leaves {
        uint256[] requestIds;
        uint256[] pools;
        uint256[] inputCommitments;
        uint256[] outputCommitments;
    }

    /// @notice What a proof is for. Another chain, contract, batch, circuit, version, policy, epoch or prover gives
    /// another context.
    struct Context {
        uint256 chainId;
        address settlement;
        uint256 batchId;
        bytes32 batchHash;
        bytes32 circuitKeyHash;
        uint256 modelId;
        uint256 modelVersion;
        uint256 indexVersion;
        uint256 policyId;
        uint256 epochId;
        address prover;
    }

    /// @notice The leaves fill more slots than the circuit has.
    error TooManyLeaves(uint256 received, uint256 maximum);
    /// @notice There must be as many of each kind of leaf.
    error LeavesLengthMismatch(uint256 pools, uint256 inputCommitments, uint256 outputCommitments);
    /// @notice There must be one earning for each slot of the circuit.
    error EarningsLengthMismatch(uint256 received, uint256 expected);
    /// @notice A pool is 2^96 or more.
    error PoolNotCanonical(uint256 position, uint256 received);
    /// @notice A commitment of a filled slot is 0 or not below r.
    error CommitmentNotCanonical(uint256 position, uint256 received);
    /// @notice An encoded earning is 2^181 or more.
    error EarningNotCanonical(uint256 slot, uint256 received);

    /// @notice The signals as the verifier takes them.
    function toArray(PublicSignals memory signals) internal pure returns (uint256[6] memory) {
        return [
            signals.digest,
            signals.evaluation,
            signals.weightsCommitment,
            signals.indexCommitment,
            signals.challenge,
            signals.context
        ];
    }

    /// @notice Binds a batch, its order and its lengths.
    function batchHash(
        uint256[] calldata requestIds,
        uint256[] memory pools,
        uint256[] calldata inputCommitments,
        uint256[] calldata outputCommitments
    ) internal pure returns (bytes32) {
        return keccak256(abi.encode(requestIds.length, requestIds, pools, inputCommitments, outputCommitments));
    }

    /// @notice The public signal `context`: 248 bits, so that it is a field element.
    function contextSignal(Context memory context) internal pure returns (uint256) {
        return uint256(keccak256(abi.encode(CONTEXT_TAG, context))) >> 8;
    }

    /// @notice The public signal `challenge`: 248 bits. The digest under the hash is what makes the evaluation binding; a
    /// challenge from X alone can be forged.
    function challengeSignal(
        uint256 context,
        uint256 digest,
        uint256 weightsCommitment,
        uint256 indexCommitment,
        uint256[] memory x
    ) internal pure returns (uint256) {
        return uint256(keccak256(abi.encode(CHALLENGE_TAG, context, digest, weightsCommitment, indexCommitment, x)))
            >> 8;
    }

    /// @notice The public signal `evaluation`: sum_i x[i] * challenge^(i+1) mod r.
    function evaluationSignal(uint256[] memory x, uint256 challenge) internal pure returns (uint256 evaluation) {
        uint256 r = Bn254.R;
        // Horner from the last word down: evaluation = (evaluation + x[i]) * challenge. In assembly because the bounds
        // checks would double the cost of a loop that runs 3B + K times.
        assembly ("memory-safe") {
            for { let word := add(x, mul(mload(x), 0x20)) } gt(word, x) { word := sub(word, 0x20) } {
                evaluation := mulmod(addmod(evaluation, mload(word), r), challenge, r)
            }
        }
    }

    /// @notice The public data vector X. Reverts unless every entry is canonical: two vectors that the circuit could not
    /// tell apart modulo r must not both be acceptable here.
    /// @param traces B of the circuit.
    /// @param contributors K of the circuit.
    function dataVector(Leaves calldata leaves, uint256[] calldata earnings, uint256 traces, uint256 contributors)
        internal
        pure
        returns (uint256[] memory x)
    {
        uint256 count = leaves.pools.length;
        if (count > traces) revert TooManyLeaves(count, traces);
        if (leaves.inputCommitments.length != count || leaves.outputCommitments.length != count) {
            revert LeavesLengthMismatch(count, leaves.inputCommitments.length, leaves.outputCommitments.length);
        }
        if (earnings.length != contributors) revert EarningsLengthMismatch(earnings.length, contributors);

        // New memory is zero, and with it the empty slots.
        x = new uint256[](3 * traces + contributors);
        for (uint256 i = 0; i < count; ++i) {
            uint256 pool = leaves.pools[i];
            if (pool >= POOL_LIMIT) revert PoolNotCanonical(i, pool);
            x[i] = pool;
            x[traces + i] = requireCommitment(leaves.inputCommitments[i], i);
            x[2 * traces + i] = requireCommitment(leaves.outputCommitments[i], i);
        }
        for (uint256 slot = 0; slot < contributors; ++slot) {
            uint256 earning = earnings[slot];
            if (earning >= EARNING_LIMIT) revert EarningNotCanonical(slot, earning);
            x[3 * traces + slot] = earning;
        }
    }

    /// @notice Returns the commitment of a filled slot, or reverts if it is 0 or not below r.
    function requireCommitment(uint256 commitment, uint256 position) internal pure returns (uint256) {
        if (commitment == 0 || commitment >= Bn254.R) revert CommitmentNotCanonical(position, commitment);
        return commitment;
    }

    /// @notice The signed earning of a slot, in 2^-64 wei, in [-2^180, 2^180).
    function decodeEarning(uint256 encoded, uint256 slot) internal pure returns (int256) {
        if (encoded >= EARNING_LIMIT) revert EarningNotCanonical(slot, encoded);
        // forge-lint: disable-next-line(unsafe-typecast): below 2^181
        return int256(encoded) - EARNING_OFFSET;
    }

    /// @notice An earning in whole wei, rounded towards minus infinity: an arithmetic shift.
    function earningWeiRoundedDown(int256 earning) internal pure returns (int256) {
        return earning >> EARNING_FRACTION_BITS;
    }
}
