// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {AttributionStatement} from "../../src/AttributionStatement.sol";
import {IInferenceEscrow} from "../../src/interfaces/IInferenceEscrow.sol";
import {SettlementTest} from "../base/SettlementTest.sol";

/// @dev The views: publicSignalsOf, contextOf, requestOf, batchOf.
contract InferenceEscrowPublicSignalsOfTest is SettlementTest {
    function test_ContextIsThatOfTheSignals() public {
        uint256 batchId = seal(payMany(1, FEE));
        AttributionStatement.PublicSignals memory signals =
            escrow.publicSignalsOf(batchId, prover, sealedLeavesOf(batchId), encode(earnings3(0, 0, 0)), DIGEST);
        vm.assertEq(signals.context, escrow.contextOf(batchId, prover));
        vm.assertEq(signals.digest, DIGEST);
        vm.assertTrue(signals.context != escrow.contextOf(batchId, stranger));
    }

    /// @dev With numbers that are all different, so that none stands in the place of another.
    function test_ContextNamesWhatPaymentPinned() public {
        pay(FEE);
        vm.prank(modelOwner);
        modelRegistry.registerModelVersion(modelId, WEIGHTS_COMMITMENT, circuitId);
        for (uint256 indexVersion = 2; indexVersion < 6; ++indexVersion) {
            registerIndex(INDEX_COMMITMENT, contributors);
        }
        // One epoch for each policy, and one more once the length of the second has passed.
        publishPolicy(defaultPolicy());
        pay(FEE);
        endEpoch();
        pay(FEE);
        publishPolicy(defaultPolicy());
        seal(list1(3));
        uint256 batchId = seal(payMany(1, FEE));
        IInferenceEscrow.Batch memory batch = escrow.batchOf(batchId);
        vm.assertEq(batch.modelId, 7);
        vm.assertEq(batch.epochId, 4);
        vm.assertEq(
            escrow.contextOf(batchId, prover),
            AttributionStatement.contextSignal(
                AttributionStatement.Context({
                    chainId: CHAIN_ID,
                    settlement: SETTLEMENT,
                    batchId: 2,
                    batchHash: batch.batchHash,
                    circuitKeyHash: verifierRegistry.circuitOf(circuitId).keyHash,
                    modelId: 7,
                    modelVersion: 2,
                    indexVersion: 5,
                    policyId: 3,
                    epochId: 4,
                    prover: prover
                })
            )
        );
    }

    function test_RevertWhen_LeavesDiffer() public {
        uint256 batchId = seal(payMany(1, FEE));
        AttributionStatement.Leaves memory leaves = sealedLeavesOf(batchId);
        bytes32 sealedHash = escrow.batchOf(batchId).batchHash;
        leaves.pools[0] += 1;
        bytes32 received = keccak256(
            abi.encode(uint256(1), leaves.requestIds, leaves.pools, leaves.inputCommitments, leaves.outputCommitments)
        );
        vm.expectRevert(
            abi.encodeWithSelector(IInferenceEscrow.BatchHashMismatch.selector, batchId, received, sealedHash)
        );
        escrow.publicSignalsOf(batchId, prover, leaves, new uint256[](3), DIGEST);
    }

    function test_RevertWhen_Unknown() public {
        AttributionStatement.Leaves memory leaves;
        bytes memory unknownBatch = abi.encodeWithSelector(IInferenceEscrow.UnknownBatch.selector, 1);
        vm.expectRevert(unknownBatch);
        escrow.publicSignalsOf(1, prover, leaves, new uint256[](3), DIGEST);
        vm.expectRevert(unknownBatch);
        escrow.contextOf(1, prover);
        vm.expectRevert(unknownBatch);
        escrow.batchOf(1);
        vm.expectRevert(abi.encodeWithSelector(IInferenceEscrow.UnknownRequest.selector, 1));
        escrow.requestOf(1);
    }
}
