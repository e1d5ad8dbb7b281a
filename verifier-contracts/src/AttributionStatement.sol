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

    /// @notice Binds a batch, its order and its lengths: keccak256(abi.encode(count, requestIds, pools, inputCommitments,
    /// outputCommitments)).
    function batchHash(Leaves memory leaves) internal pure returns (bytes32) {
        bytes memory encoded = encodeLists(leaves, 1, 0);
        uint256 count = leaves.requestIds.length;
        assembly ("memory-safe") {
            mstore(add(encoded, 0x20), count)
        }
        return keccak256(encoded);
    }

    /// @notice What abi.encode makes of the four lists, an offset to each and then each with its length, behind some words of room.
    /// @dev Solidity encodes a list word by word, at ten times the cost of copying it.
    /// @param room Words before the offsets, for whatever stands before the lists; left unset.
    /// @param base Byte from which the offsets count.
    function encodeLists(Leaves memory leaves, uint256 room, uint256 base)
        internal
        pure
        returns (bytes memory encoded)
    {
        assembly ("memory-safe") {
            encoded := mload(0x40)
            let start := add(encoded, 0x20)
            let offset := add(start, shl(5, room))
            let end := add(offset, 0x80)
            // The struct holds four pointers, one to each list.
            for { let i := 0 } lt(i, 4) { i := add(i, 1) } {
                let list := mload(add(leaves, shl(5, i)))
                let size := shl(5, add(mload(list), 1))
                mstore(offset, sub(sub(end, start), base))
                mcopy(end, list, size)
                offset := add(offset, 0x20)
                end := add(end, size)
            }
            mstore(encoded, sub(end, start))
            mstore(0x40, end)
        }
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
    ) internal pure returns (uint256 challenge) {
        bytes32 tag = CHALLENGE_TAG;
        // keccak256(abi.encode(tag, context, digest, weightsCommitment, indexCommitment, x)), copied for the reason above.
        assembly ("memory-safe") {
            let start := mload(0x40)
            mstore(start, tag)
            mstore(add(start, 0x20), context)
            mstore(add(start, 0x40), digest)
            mstore(add(start, 0x60), weightsCommitment)
            mstore(add(start, 0x80), indexCommitment)
            mstore(add(start, 0xa0), 0xc0)
            let size := shl(5, add(mload(x), 1))
            mcopy(add(start, 0xc0), x, size)
            challenge := shr(8, keccak256(start, add(size, 0xc0)))
        }
    }

    /// @notice The public signal `evaluation`: sum_i x[i] * challenge^(i+1) mod r.
    function evaluationSignal(uint256[] memory x, uint256 challenge) internal pure returns (uint256 evaluation) {
        uint256 r = Bn254.R;
        // Horner from the last word down: evaluation = (evaluation + x[i]) * challenge. In assembly, four words a round, because
        // bounds checks and loops would cost three times the arithmetic.
        assembly ("memory-safe") {
            let word := add(x, shl(5, mload(x)))
            for { let rounds := shr(2, mload(x)) } rounds { rounds := sub(rounds, 1) } {
                evaluation := mulmod(addmod(evaluation, mload(word), r), challenge, r)
                evaluation := mulmod(addmod(evaluation, mload(sub(word, 0x20)), r), challenge, r)
                evaluation := mulmod(addmod(evaluation, mload(sub(word, 0x40)), r), challenge, r)
                evaluation := mulmod(addmod(evaluation, mload(sub(word, 0x60)), r), challenge, r)
                word := sub(word, 0x80)
            }
            for {} gt(word, x) { word := sub(word, 0x20) } {
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

        uint256[] calldata pools = leaves.pools;
        uint256[] calldata inputCommitments = leaves.inputCommitments;
        uint256[] calldata outputCommitments = leaves.outputCommitments;
        uint256 position = _firstOutside(pools, 0, POOL_LIMIT);
        if (position != count) revert PoolNotCanonical(position, pools[position]);
        requireCommitments(inputCommitments);
        requireCommitments(outputCommitments);
        position = _firstOutside(earnings, 0, EARNING_LIMIT);
        if (position != contributors) revert EarningNotCanonical(position, earnings[position]);

        // New memory is zero, and with it the empty slots.
        x = new uint256[](3 * traces + contributors);
        _copy(x, 0, pools);
        _copy(x, traces, inputCommitments);
        _copy(x, 2 * traces, outputCommitments);
        _copy(x, 3 * traces, earnings);
    }

    /// @dev Copies values to x from a position on. They must fit.
    function _copy(uint256[] memory x, uint256 position, uint256[] calldata values) private pure {
        assembly ("memory-safe") {
            calldatacopy(add(add(x, 0x20), shl(5, position)), values.offset, shl(5, values.length))
        }
    }

    /// @notice Reverts if the commitment of a filled slot is 0 or not below r.
    function requireCommitments(uint256[] calldata commitments) internal pure {
        uint256 position = _firstOutside(commitments, 1, Bn254.R);
        if (position != commitments.length) revert CommitmentNotCanonical(position, commitments[position]);
    }

    /// @notice Position of the first value outside [minimum, limit); the length when there is none.
    function _firstOutside(uint256[] calldata values, uint256 minimum, uint256 limit)
        private
        pure
        returns (uint256 position)
    {
        // In assembly because it runs for each of 3B + K values. A value below the minimum wraps around and is large. Rounds of four
        // until one of them is refused; the last loop finds which.
        assembly ("memory-safe") {
            let range := sub(limit, minimum)
            let word := values.offset
            let end := add(word, shl(5, values.length))
            for { let rounds := shr(2, values.length) } rounds { rounds := sub(rounds, 1) } {
                if iszero(
                    and(
                        and(
                            lt(sub(calldataload(word), minimum), range),
                            lt(sub(calldataload(add(word, 0x20)), minimum), range)
                        ),
                        and(
                            lt(sub(calldataload(add(word, 0x40)), minimum), range),
                            lt(sub(calldataload(add(word, 0x60)), minimum), range)
                        )
                    )
                ) { break }
                word := add(word, 0x80)
            }
            for {} lt(word, end) { word := add(word, 0x20) } {
                if iszero(lt(sub(calldataload(word), minimum), range)) { break }
            }
            position := shr(5, sub(word, values.offset))
        }
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
