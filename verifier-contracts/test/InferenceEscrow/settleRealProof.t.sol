// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {AttributionStatement} from "../../src/AttributionStatement.sol";
import {Groth16Verifier} from "../../src/generated/TinyVerifier.sol";
import {IGroth16Verifier} from "../../src/interfaces/IGroth16Verifier.sol";
import {IInferenceEscrow} from "../../src/interfaces/IInferenceEscrow.sol";
import {IVerifierRegistry} from "../../src/interfaces/IVerifierRegistry.sol";
import {ProofFixture} from "../base/ProofFixture.sol";
import {SettlementTest} from "../base/SettlementTest.sol";
import {VerificationKeys} from "../base/VerificationKeys.sol";

/// @dev A real proof of the shape `tiny`, under the generated verifier and its real key, against the real contracts.
contract InferenceEscrowSettleRealProofTest is SettlementTest {
    uint256 private constant Q = VerificationKeys.Q;
    uint256 private constant R = 21888242871839275222246405745257275088548364400416034343698204186575808495617;

    ProofFixture.Settlement private _fixture;
    uint256 private _batchId;

    function setUp() public override {
        _fixture = ProofFixture.read("test/fixtures/tiny-settlement.json");
        vm.assertEq(_fixture.settlement, SETTLEMENT);
        prover = _fixture.prover;
        slots = uint32(_fixture.encodedEarnings.length);
        deploySystem();
        verifier = IGroth16Verifier(address(new Groth16Verifier()));
        circuitId = registerCircuit(_fixture.key);
        registerModel(_fixture.weightsCommitment, _fixture.indexCommitment);
        for (uint256 i = 0; i < _fixture.feesWei.length; ++i) {
            vm.assertEq(pay(_fixture.feesWei[i]), _fixture.leaves.requestIds[i]);
        }
        AttributionStatement.Leaves memory leaves = _fixture.leaves;
        vm.prank(operator);
        _batchId = escrow.seal(modelId, leaves.requestIds, leaves.inputCommitments, leaves.outputCommitments);
    }

    function test_PublicSignalsAreThoseOfTheReference() public view {
        uint256[6] memory signals = AttributionStatement.toArray(
            escrow.publicSignalsOf(_batchId, prover, _fixture.leaves, _fixture.encodedEarnings, _fixture.digest)
        );
        for (uint256 i = 0; i < 6; ++i) {
            vm.assertEq(signals[i], _fixture.publicSignals[i]);
        }
    }

    /// forge-config: default.isolate = true
    function test_Settles() public {
        vm.prank(stranger);
        escrow.settle(_batchId, prover, _fixture.leaves, _fixture.encodedEarnings, _fixture.digest, _fixture.proof);
        vm.snapshotGasLastCall("tiny", "settle, first of the epoch, with the real verifier");

        vm.assertTrue(escrow.batchOf(_batchId).isSettled);
        vm.assertGt(ledger.claimableOf(prover), 0, "the prover named in the proof is paid");
        for (uint256 slot = 0; slot < slots; ++slot) {
            int256 earning = int256(_fixture.encodedEarnings[slot]) - 2 ** 180;
            vm.assertEq(ledger.bookedEarningOf(modelId, 1, slot), earning >> 64);
        }
    }

    function test_RevertWhen_AnyCoordinateDiffers() public {
        for (uint256 i = 0; i < 8; ++i) {
            IVerifierRegistry.Proof memory proof = _fixture.proof;
            if (i < 2) proof.a[i] = addmod(proof.a[i], 1, Q);
            else if (i < 6) proof.b[(i - 2) / 2][i % 2] = addmod(proof.b[(i - 2) / 2][i % 2], 1, Q);
            else proof.c[i - 6] = addmod(proof.c[i - 6], 1, Q);
            _expectRejection(_fixture.encodedEarnings, _fixture.digest, proof);
        }
    }

    function test_RevertWhen_ProofIsZeroOrInfinity() public {
        IVerifierRegistry.Proof memory proof;
        _expectRejection(_fixture.encodedEarnings, _fixture.digest, proof);
    }

    /// @dev One wei moved from one contributor to another.
    function test_RevertWhen_APayoutIsForged() public {
        uint256[] memory earnings = _fixture.encodedEarnings;
        earnings[0] += 2 ** 64;
        earnings[1] -= 2 ** 64;
        _expectRejection(earnings, _fixture.digest, _fixture.proof);
    }

    function test_RevertWhen_DigestDiffers() public {
        _expectRejection(_fixture.encodedEarnings, _fixture.digest + 1, _fixture.proof);
        // The same field element in another dress.
        unchecked {
            _expectRejection(_fixture.encodedEarnings, _fixture.digest + R, _fixture.proof);
        }
    }

    function test_RevertWhen_ProverDiffers() public {
        vm.expectRevert(abi.encodeWithSelector(IVerifierRegistry.ProofRejected.selector, circuitId));
        escrow.settle(_batchId, stranger, _fixture.leaves, _fixture.encodedEarnings, _fixture.digest, _fixture.proof);
    }

    /// @dev (-A, -B, C) is another valid proof of the same statement. It settles as well as the first, and neither settles
    /// twice: the state is keyed on the batch.
    function test_AMalleatedProofSettlesOnceOnly() public {
        IVerifierRegistry.Proof memory proof = _fixture.proof;
        proof.a[1] = Q - proof.a[1];
        proof.b = VerificationKeys.negated(proof.b);
        escrow.settle(_batchId, prover, _fixture.leaves, _fixture.encodedEarnings, _fixture.digest, proof);
        bytes memory reason = abi.encodeWithSelector(IInferenceEscrow.BatchAlreadySettled.selector, _batchId);
        vm.expectRevert(reason);
        escrow.settle(_batchId, prover, _fixture.leaves, _fixture.encodedEarnings, _fixture.digest, proof);
        vm.expectRevert(reason);
        escrow.settle(_batchId, prover, _fixture.leaves, _fixture.encodedEarnings, _fixture.digest, _fixture.proof);
    }

    /// @dev With too little gas the verifier says false; the call reverts, and with enough it settles afterwards.
    function test_StarvingItOfGasSettlesNothing() public {
        bytes memory call = abi.encodeCall(
            escrow.settle,
            (_batchId, prover, _fixture.leaves, _fixture.encodedEarnings, _fixture.digest, _fixture.proof)
        );
        uint256 refusals = 0;
        for (uint256 gasLimit = 50_000; !escrow.batchOf(_batchId).isSettled; gasLimit += 20_000) {
            (bool isSettled,) = address(escrow).call{gas: gasLimit}(call);
            vm.assertEq(isSettled, escrow.batchOf(_batchId).isSettled);
            if (!isSettled) ++refusals;
            vm.assertLe(gasLimit, 2_000_000, "never settles");
        }
        vm.assertGt(refusals, 5, "the sweep began with too much gas");
    }

    /// @dev With bounded gas: a precompile takes all it is given when a point is off the curve.
    function _expectRejection(uint256[] memory earnings, uint256 digest, IVerifierRegistry.Proof memory proof) private {
        vm.expectRevert(abi.encodeWithSelector(IVerifierRegistry.ProofRejected.selector, circuitId));
        escrow.settle{gas: 1_000_000}(_batchId, prover, _fixture.leaves, earnings, digest, proof);
    }
}
