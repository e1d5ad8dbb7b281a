// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {AttributionStatement} from "../../src/AttributionStatement.sol";
import {IVerifierRegistry} from "../../src/interfaces/IVerifierRegistry.sol";
import {SettlementTest} from "../base/SettlementTest.sol";

/// @dev Gas of each step at the shape `small`, B = 16 and K = 12, written to snapshots/. The mock verifier costs about 3,000
/// where a real one costs about 230,000.
contract InferenceEscrowGasTest is SettlementTest {
    string private constant GROUP = "small";
    /// @dev What a generated verifier with six public signals costs beyond the mock.
    uint256 private constant REAL_VERIFIER_GAS = 230_000;

    function setUp() public override {
        (traces, slots) = (16, 12);
        super.setUp();
    }

    /// @dev Isolated: each call is a transaction of its own, with nothing warm, and its 21,000 and calldata are counted.
    /// forge-config: default.isolate = true
    function test_GasOfEachStep() public {
        pay(FEE);
        vm.snapshotGasLastCall(GROUP, "pay, opens an epoch");
        uint256[] memory requestIds = payMany(16, FEE);
        vm.snapshotGasLastCall(GROUP, "pay");
        uint256 batchId = seal(requestIds);
        vm.snapshotGasLastCall(GROUP, "seal, 16 requests");
        vm.prank(operator);
        escrow.approveSealer(sealer, true);
        vm.snapshotGasLastCall(GROUP, "approveSealer");
        _settleFresh(batchId, "settle, first of the epoch, without verifier");
        _settleFresh(seal(payMany(16, FEE)), "settle, without verifier");

        seal(list1(1));
        vm.warp(escrow.requestOf(1).deadline + 1);
        escrow.refund(1);
        vm.snapshotGasLastCall(GROUP, "refund");
        endEpoch();
        ledger.closeEpoch(modelId, 1);
        vm.snapshotGasLastCall(GROUP, "closeEpoch, 12 contributors");
        ledger.withdraw(contributors[0]);
        vm.snapshotGasLastCall(GROUP, "withdraw");
    }

    function _settleFresh(uint256 batchId, string memory name) private {
        int256[] memory earningsWei = new int256[](12);
        for (uint256 slot = 0; slot < 12; ++slot) {
            earningsWei[slot] = slot % 3 == 2 ? -int256(0.1 ether) - 1 : int256(0.2 ether) + 1;
        }
        uint256[] memory earnings = encode(earningsWei);
        AttributionStatement.Leaves memory leaves = sealedLeavesOf(batchId);
        IVerifierRegistry.Proof memory proof =
            mockProofOf(escrow.publicSignalsOf(batchId, prover, leaves, earnings, DIGEST));
        escrow.settle(batchId, prover, leaves, earnings, DIGEST, proof);
        uint256 gasUsed = vm.snapshotGasLastCall(GROUP, name);
        vm.assertLe(gasUsed + REAL_VERIFIER_GAS, 900_000, "the whole settle call");
    }
}
