// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {AttributionStatement} from "../../src/AttributionStatement.sol";
import {Groth16Verifier} from "../../src/generated/StandardVerifier.sol";
import {IGroth16Verifier} from "../../src/interfaces/IGroth16Verifier.sol";
import {IVerifierRegistry} from "../../src/interfaces/IVerifierRegistry.sol";
import {ProofFixture} from "../base/ProofFixture.sol";
import {SettlementTest} from "../base/SettlementTest.sol";

/// @dev A full batch of the shape `standard`, B = 64 and K = 32, with a real proof under the generated verifier. It is the second of its
/// epoch: the first opens words of storage that the later ones find filled, and is measured with a verifier that always says yes.
contract InferenceEscrowSettleStandardTest is SettlementTest {
    string private constant GROUP = "standard";
    /// @dev What sealing and settling may cost together, for each trace.
    uint256 private constant GAS_A_TRACE = 16_000;

    ProofFixture.Settlement private _fixture;

    function setUp() public override {
        _fixture = ProofFixture.read("test/fixtures/standard-settlement.json");
        vm.assertEq(_fixture.settlement, SETTLEMENT);
        prover = _fixture.prover;
        (traces, slots) = (64, 32);
        deploySystem();
        verifier = IGroth16Verifier(address(new Groth16Verifier()));
        circuitId = registerCircuit(_fixture.key);
        registerModel(_fixture.weightsCommitment, _fixture.indexCommitment);
    }

    /// @dev Isolated: each call is a transaction of its own, with nothing warm, and its 21,000 and calldata are counted.
    /// forge-config: default.isolate = true
    function test_GasOfABatch() public {
        _settleFirst();

        for (uint256 i = 0; i < 64; ++i) {
            vm.assertEq(pay(_fixture.feesWei[i]), _fixture.leaves.requestIds[i]);
        }
        AttributionStatement.Leaves memory leaves = _fixture.leaves;
        vm.prank(operator);
        uint256 batchId = escrow.seal(modelId, leaves.requestIds, leaves.inputCommitments, leaves.outputCommitments);
        uint256 sealGas = vm.snapshotGasLastCall(GROUP, "seal, 64 requests");
        vm.prank(stranger);
        escrow.settle(batchId, prover, leaves, _fixture.encodedEarnings, _fixture.digest, _fixture.proof);
        uint256 settleGas = vm.snapshotGasLastCall(GROUP, "settle, with the real verifier");

        vm.assertTrue(escrow.batchOf(batchId).isSettled);
        vm.assertLe(sealGas + settleGas, 64 * GAS_A_TRACE, "sealing and settling");
        endEpoch();
        ledger.closeEpoch(modelId, 1);
        vm.snapshotGasLastCall(GROUP, "closeEpoch, 32 contributors");
    }

    function _settleFirst() private {
        // As much as the fixture's at least, whose earnings are booked here too.
        payMany(64, 20 ether);
        uint256[] memory requestIds = new uint256[](64);
        for (uint256 i = 0; i < 64; ++i) {
            requestIds[i] = i + 1;
        }
        uint256 batchId = seal(requestIds);
        vm.snapshotGasLastCall(GROUP, "seal, first of the epoch");
        vm.mockCall(address(verifier), IGroth16Verifier.verifyProof.selector, abi.encode(true));
        AttributionStatement.Leaves memory leaves = sealedLeavesOf(batchId);
        IVerifierRegistry.Proof memory proof;
        escrow.settle(batchId, prover, leaves, _fixture.encodedEarnings, DIGEST, proof);
        vm.snapshotGasLastCall(GROUP, "settle, first of the epoch, without verifier");
        vm.clearMockedCalls();
    }
}
