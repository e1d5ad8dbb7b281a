// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {AttributionStatement} from "../../src/AttributionStatement.sol";
import {IInferenceEscrow} from "../../src/interfaces/IInferenceEscrow.sol";
import {RealProofTest} from "../base/RealProofTest.sol";

/// @dev One real proof, replayed in worlds that differ from its own in one field of the context: same fees, same commitments, same earnings. Each
/// world is built from scratch, so that its other fields are those of the proof.
contract InferenceEscrowReplayTest is RealProofTest {
    function test_SettlesInItsOwnWorld() public {
        uint256 batchId = openBatch();
        _expectContext(batchId, true);
        settleFixture(batchId);
        vm.assertTrue(escrow.batchOf(batchId).isSettled);
    }

    function test_RevertWhen_OnAnotherChain() public {
        // The other chain on which DEV keys may be registered.
        vm.chainId(1337);
        _expectRejection(openBatch());
    }

    function test_RevertWhen_AtAnotherEscrow() public {
        createEscrowAt(address(uint160(SETTLEMENT) + 1));
        _expectRejection(openBatch());
    }

    function test_RevertWhen_BatchIdDiffers() public {
        circuitId = registerCircuit(fixture.key);
        registerModel(fixture.weightsCommitment, fixture.indexCommitment);
        payFees();
        seal(payMany(1, FEE));
        _expectRejection(sealFixture());
    }

    /// @dev The ids of the requests are part of the batch hash and of nothing else.
    function test_RevertWhen_BatchHashDiffers() public {
        circuitId = registerCircuit(fixture.key);
        registerModel(fixture.weightsCommitment, fixture.indexCommitment);
        pay(FEE);
        payFees();
        _expectRejection(sealFixture());
    }

    /// @dev The same verifier under another key hash: points of IC in another order are another key that is sound.
    function test_RevertWhen_CircuitKeyDiffers() public {
        uint256[2][] memory ic = fixture.key.ic;
        (fixture.key.ic[5], fixture.key.ic[6]) = (ic[6], ic[5]);
        _expectRejection(openBatch());
    }

    function test_RevertWhen_ModelDiffers() public {
        circuitId = registerCircuit(fixture.key);
        vm.prank(modelOwner);
        modelRegistry.registerModel(fixture.weightsCommitment, circuitId, operator);
        registerModel(fixture.weightsCommitment, fixture.indexCommitment);
        payFees();
        _expectRejection(sealFixture());
    }

    function test_RevertWhen_ModelVersionDiffers() public {
        circuitId = registerCircuit(fixture.key);
        for (uint256 slot = 0; slot < slots; ++slot) {
            contributors.push(contributorOf(slot));
        }
        vm.startPrank(modelOwner);
        modelId = modelRegistry.registerModel(fixture.weightsCommitment, circuitId, operator);
        modelRegistry.registerModelVersion(modelId, fixture.weightsCommitment, circuitId);
        vm.stopPrank();
        vm.assertEq(registerIndex(fixture.indexCommitment, contributors), 1);
        payFees();
        _expectRejection(sealFixture());
    }

    function test_RevertWhen_IndexVersionDiffers() public {
        circuitId = registerCircuit(fixture.key);
        registerModel(fixture.weightsCommitment, fixture.indexCommitment);
        vm.assertEq(registerIndex(fixture.indexCommitment, contributors), 2);
        payFees();
        _expectRejection(sealFixture());
    }

    function test_RevertWhen_PolicyDiffers() public {
        vm.assertEq(publishPolicy(defaultPolicy()), 2);
        _expectRejection(openBatch());
    }

    /// @dev An epoch opens with a payment, so the batch hash differs as well; `test_EachFieldChangesTheContextAlone` has the epoch alone.
    function test_RevertWhen_EpochDiffers() public {
        circuitId = registerCircuit(fixture.key);
        registerModel(fixture.weightsCommitment, fixture.indexCommitment);
        pay(FEE);
        endEpoch();
        payFees();
        uint256 batchId = sealFixture();
        vm.assertEq(escrow.batchOf(batchId).epochId, 2);
        _expectRejection(batchId);
    }

    function test_RevertWhen_ProverDiffers() public {
        uint256 batchId = openBatch();
        prover = stranger;
        _expectRejection(batchId);
    }

    /// @dev Below the escrow: the signals of the fixture, with challenge and evaluation as they follow from a context in which one field is one more.
    function test_EachFieldChangesTheContextAlone() public {
        circuitId = registerCircuit(fixture.key);
        verifierRegistry.requireValidProof(circuitId, fixture.proof, _signalsIn(_context()));
        for (uint256 field = 0; field < 11; ++field) {
            AttributionStatement.Context memory context = _context();
            // Every field is one word.
            assembly ("memory-safe") {
                let word := add(context, shl(5, field))
                mstore(word, add(mload(word), 1))
            }
            uint256[6] memory signals = _signalsIn(context);
            vm.expectRevert(proofRejected());
            verifierRegistry.requireValidProof(circuitId, fixture.proof, signals);
        }
    }

    function test_RevertWhen_SettledTwice() public {
        uint256 batchId = openBatch();
        settleFixture(batchId);
        uint256 owed = ledger.claimableOf(prover);
        vm.expectRevert(abi.encodeWithSelector(IInferenceEscrow.BatchAlreadySettled.selector, batchId));
        settleFixture(batchId);
        vm.assertEq(ledger.claimableOf(prover), owed);
    }

    function test_RevertWhen_TheBatchWasRefunded() public {
        uint256 batchId = openBatch();
        uint256 deadline = escrow.batchOf(batchId).settleDeadline;
        vm.warp(deadline + 1);
        for (uint256 i = 0; i < fixture.feesWei.length; ++i) {
            escrow.refund(fixture.leaves.requestIds[i]);
        }
        vm.expectRevert(
            abi.encodeWithSelector(IInferenceEscrow.SettleDeadlinePassed.selector, batchId, deadline, deadline + 1)
        );
        settleFixture(batchId);
        vm.assertEq(address(escrow).balance, 0);
        vm.assertEq(ledger.claimableOf(prover), 0);
    }

    /// @dev A bot that copies the whole transaction out of the mempool pays for its gas and earns nothing.
    function test_ACopyPaysTheOriginalProver() public {
        uint256 batchId = openBatch();
        vm.prank(stranger);
        settleFixture(batchId);
        vm.assertGt(ledger.claimableOf(prover), 0, "the prover named in the proof is paid");
        vm.assertEq(ledger.claimableOf(stranger), 0);
    }

    function _expectRejection(uint256 batchId) private {
        _expectContext(batchId, false);
        vm.expectRevert(proofRejected());
        settleFixture(batchId);
        vm.assertFalse(escrow.batchOf(batchId).isSettled);
        vm.assertEq(ledger.claimableOf(prover), 0);
    }

    /// @dev Head, index and data are those of the proof, so that only the context can be what it is refused for.
    function _expectContext(uint256 batchId, bool isOwn) private view {
        AttributionStatement.PublicSignals memory signals =
            escrow.publicSignalsOf(batchId, prover, fixture.leaves, fixture.encodedEarnings, fixture.digest);
        vm.assertEq(signals.weightsCommitment, fixture.weightsCommitment);
        vm.assertEq(signals.indexCommitment, fixture.indexCommitment);
        vm.assertEq(signals.context == fixture.publicSignals[5], isOwn);
    }

    function _context() private view returns (AttributionStatement.Context memory) {
        return AttributionStatement.Context({
            chainId: CHAIN_ID,
            settlement: SETTLEMENT,
            batchId: 1,
            batchHash: AttributionStatement.batchHash(fixture.leaves),
            circuitKeyHash: verifierRegistry.circuitOf(circuitId).keyHash,
            modelId: 1,
            modelVersion: 1,
            indexVersion: 1,
            policyId: 1,
            epochId: 1,
            prover: fixture.prover
        });
    }

    function _signalsIn(AttributionStatement.Context memory context) private view returns (uint256[6] memory) {
        AttributionStatement.PublicSignals memory signals;
        signals.digest = fixture.digest;
        signals.weightsCommitment = fixture.weightsCommitment;
        signals.indexCommitment = fixture.indexCommitment;
        signals.context = AttributionStatement.contextSignal(context);
        uint256[] memory x = this.dataVectorOf(fixture.leaves, fixture.encodedEarnings);
        signals.challenge = AttributionStatement.challengeSignal(
            signals.context, signals.digest, signals.weightsCommitment, signals.indexCommitment, x
        );
        signals.evaluation = AttributionStatement.evaluationSignal(x, signals.challenge);
        return AttributionStatement.toArray(signals);
    }

    /// @dev The library takes calldata.
    function dataVectorOf(AttributionStatement.Leaves calldata leaves, uint256[] calldata earnings)
        external
        view
        returns (uint256[] memory)
    {
        return AttributionStatement.dataVector(leaves, earnings, traces, slots);
    }
}
