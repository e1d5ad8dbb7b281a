// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {AttributionStatement} from "../../src/AttributionStatement.sol";
import {IVerifierRegistry} from "../../src/interfaces/IVerifierRegistry.sol";
import {SettlementTest} from "../base/SettlementTest.sol";

contract InferenceEscrowGasStandardTest is SettlementTest {
    string private constant GROUP = "standard";

    function setUp() public override {
        (traces, slots) = (64, 32);
        super.setUp();
    }

    /// forge-config: default.isolate = true
    function test_GasOfEachStep() public {
        uint256[] memory requestIds = payMany(64, FEE);
        uint256 batchId = seal(requestIds);
        vm.snapshotGasLastCall(GROUP, "seal, 64 requests");
        _settleFresh(batchId, "settle, first of the epoch, without verifier");
        batchId = seal(payMany(64, FEE));
        vm.snapshotGasLastCall(GROUP, "seal, 64 requests, later");
        _settleFresh(batchId, "settle, without verifier");
    }

    function _settleFresh(uint256 batchId, string memory name) private {
        int256[] memory earningsWei = new int256[](32);
        for (uint256 slot = 0; slot < 32; ++slot) {
            earningsWei[slot] = slot % 3 == 2 ? -int256(0.1 ether) - 1 : int256(0.2 ether) + 1;
        }
        uint256[] memory earnings = encode(earningsWei);
        AttributionStatement.Leaves memory leaves = sealedLeavesOf(batchId);
        IVerifierRegistry.Proof memory proof =
            mockProofOf(escrow.publicSignalsOf(batchId, prover, leaves, earnings, DIGEST));
        escrow.settle(batchId, prover, leaves, earnings, DIGEST, proof);
        vm.snapshotGasLastCall(GROUP, name);
    }
}
