// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {AttributionStatement} from "../../src/AttributionStatement.sol";
import {RealProofTest} from "../base/RealProofTest.sol";

/// @dev A real proof of the shape `tiny`, under the generated verifier and its real key, against the real contracts.
contract InferenceEscrowSettleRealProofTest is RealProofTest {
    uint256 private _batchId;

    function setUp() public override {
        super.setUp();
        uint256[] memory requestIds = fixture.leaves.requestIds;
        _batchId = openBatch();
        for (uint256 i = 0; i < requestIds.length; ++i) {
            vm.assertEq(fixture.leaves.requestIds[i], requestIds[i]);
        }
    }

    function test_PublicSignalsAreThoseOfTheReference() public view {
        uint256[6] memory signals = AttributionStatement.toArray(
            escrow.publicSignalsOf(_batchId, prover, fixture.leaves, fixture.encodedEarnings, fixture.digest)
        );
        for (uint256 i = 0; i < 6; ++i) {
            vm.assertEq(signals[i], fixture.publicSignals[i]);
        }
    }

    /// forge-config: default.isolate = true
    function test_Settles() public {
        vm.prank(stranger);
        settleFixture(_batchId);
        vm.snapshotGasLastCall("tiny", "settle, first of the epoch, with the real verifier");

        vm.assertTrue(escrow.batchOf(_batchId).isSettled);
        vm.assertGt(ledger.claimableOf(prover), 0, "the prover named in the proof is paid");
        for (uint256 slot = 0; slot < slots; ++slot) {
            int256 earning = int256(fixture.encodedEarnings[slot]) - 2 ** 180;
            vm.assertEq(ledger.bookedEarningOf(modelId, 1, slot), earning >> 64);
        }
    }

    /// @dev One wei moved from one contributor to another.
    function test_RevertWhen_APayoutIsForged() public {
        uint256[] memory earnings = fixture.encodedEarnings;
        earnings[0] += 2 ** 64;
        earnings[1] -= 2 ** 64;
        vm.expectRevert(proofRejected());
        escrow.settle(_batchId, prover, fixture.leaves, earnings, fixture.digest, fixture.proof);
    }

    /// @dev With too little gas the verifier says false; the call reverts, and with enough it settles afterwards.
    function test_StarvingItOfGasSettlesNothing() public {
        bytes memory call = abi.encodeCall(
            escrow.settle, (_batchId, prover, fixture.leaves, fixture.encodedEarnings, fixture.digest, fixture.proof)
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
}
