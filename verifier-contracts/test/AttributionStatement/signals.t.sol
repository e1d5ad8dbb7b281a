// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {AttributionStatement} from "../../src/AttributionStatement.sol";
import {Bn254} from "../../src/Bn254.sol";
import {TestBase} from "../base/TestBase.sol";
import {AttributionStatementHarness} from "./AttributionStatementHarness.sol";

contract AttributionStatementSignalsTest is TestBase {
    uint256 private constant KNOWN_CONTEXT =
        123262947721678427311488651907323148693625816667266078137938087736046462621;
    uint256 private constant KNOWN_CHALLENGE =
        275082063405791616989731602299619200974087656026758323140051529286338406733;
    uint256 private constant KNOWN_EVALUATION =
        11201395915626164039087939269359330133819581436819086973742656950621491225614;
    bytes32 private constant KNOWN_BATCH_HASH = 0xd284d51935dc1e964e4060d1411bcfce68674cec3298ad6c9644a624f985d7aa;

    AttributionStatementHarness private _harness = new AttributionStatementHarness();

    /// @dev sum_i x[i] * z^(i+1), power by power.
    function testFuzz_EvaluationIsTheNaiveSum(uint256[] memory x, uint256 challenge) public view {
        challenge >>= 8;
        uint256 expected = 0;
        uint256 power = challenge;
        for (uint256 i = 0; i < x.length; ++i) {
            expected = addmod(expected, mulmod(x[i], power, Bn254.R), Bn254.R);
            power = mulmod(power, challenge, Bn254.R);
        }
        vm.assertEq(_harness.evaluationSignal(x, challenge), expected);
    }

    function test_EvaluationOfNothingIsZero() public view {
        vm.assertEq(_harness.evaluationSignal(new uint256[](0), 5), 0);
    }

    /// @dev 7 * 10 + 8 * 100 + 9 * 1000: the first word meets the first power.
    function test_EvaluationByHand() public view {
        uint256[] memory x = new uint256[](3);
        (x[0], x[1], x[2]) = (7, 8, 9);
        vm.assertEq(_harness.evaluationSignal(x, 10), 9870);
    }

    function testFuzz_ContextIsTheHashOfTwelveWords(AttributionStatement.Context memory context) public view {
        bytes memory words = bytes.concat(
            keccak256("poa/context/v1"),
            bytes32(context.chainId),
            bytes32(uint256(uint160(context.settlement))),
            bytes32(context.batchId),
            context.batchHash,
            context.circuitKeyHash,
            bytes32(context.modelId),
            bytes32(context.modelVersion),
            bytes32(context.indexVersion)
        );
        words = bytes.concat(
            words, bytes32(context.policyId), bytes32(context.epochId), bytes32(uint256(uint160(context.prover)))
        );
        vm.assertEq(words.length, 12 * 32);
        vm.assertEq(_harness.contextSignal(context), uint256(keccak256(words)) >> 8);
    }

    /// @dev Computed apart from Solidity, so that the languages are pinned to the same words.
    function test_KnownContextAndChallenge() public view {
        AttributionStatement.Context memory context = AttributionStatement.Context({
            chainId: 31337,
            settlement: 0x5E771E0000000000000000000000000000000001,
            batchId: 1,
            batchHash: bytes32(uint256(2)),
            circuitKeyHash: bytes32(uint256(3)),
            modelId: 4,
            modelVersion: 5,
            indexVersion: 6,
            policyId: 7,
            epochId: 8,
            prover: 0x0000000000000000000000000000000000000009
        });
        vm.assertEq(_harness.contextSignal(context), KNOWN_CONTEXT);
        uint256[] memory x = new uint256[](3);
        (x[0], x[1], x[2]) = (7, 8, 9);
        uint256 challenge = _harness.challengeSignal(KNOWN_CONTEXT, 10, 11, 12, x);
        vm.assertEq(challenge, KNOWN_CHALLENGE);
        vm.assertEq(_harness.evaluationSignal(x, challenge), KNOWN_EVALUATION);
    }

    function test_KnownBatchHash() public view {
        AttributionStatement.Leaves memory leaves;
        leaves.requestIds = _pair(1, 2);
        leaves.pools = _pair(3, 4);
        leaves.inputCommitments = _pair(5, 6);
        leaves.outputCommitments = _pair(7, 8);
        vm.assertEq(_harness.batchHash(leaves), KNOWN_BATCH_HASH);
    }

    /// @dev Memory that is taken later does not overlap what was encoded.
    function test_EncodedListsStayWhatTheyAre() public pure {
        AttributionStatement.Leaves memory leaves;
        leaves.requestIds = _pair(1, 2);
        leaves.pools = _pair(3, 4);
        leaves.inputCommitments = _pair(5, 6);
        leaves.outputCommitments = _pair(7, 8);
        bytes memory encoded = AttributionStatement.encodeLists(leaves, 1, 0);
        uint256[] memory later = _pair(type(uint256).max, type(uint256).max);
        assembly ("memory-safe") {
            mstore(add(encoded, 0x20), 2)
        }
        bytes32 found = keccak256(encoded);
        vm.assertEq(later.length, 2);
        vm.assertEq(
            found,
            keccak256(abi.encode(2, leaves.requestIds, leaves.pools, leaves.inputCommitments, leaves.outputCommitments))
        );
    }

    /// @dev Moving a word from one list to the next is another batch.
    function testFuzz_BatchHashBindsLengths(uint256 a, uint256 b, uint256 c) public view {
        AttributionStatement.Leaves memory one;
        (one.requestIds, one.pools) = (_pair(a, b), new uint256[](1));
        one.pools[0] = c;
        AttributionStatement.Leaves memory other;
        (other.requestIds, other.pools) = (new uint256[](1), _pair(b, c));
        other.requestIds[0] = a;
        vm.assertFalse(_harness.batchHash(one) == _harness.batchHash(other));
    }

    function test_SignalsKeepTheCircuitsOrder() public view {
        uint256[6] memory signals = _harness.toArray(
            AttributionStatement.PublicSignals({
                digest: 1, evaluation: 2, weightsCommitment: 3, indexCommitment: 4, challenge: 5, context: 6
            })
        );
        for (uint256 i = 0; i < 6; ++i) {
            vm.assertEq(signals[i], i + 1);
        }
    }

    function _pair(uint256 first, uint256 second) private pure returns (uint256[] memory pair) {
        pair = new uint256[](2);
        (pair[0], pair[1]) = (first, second);
    }
}
