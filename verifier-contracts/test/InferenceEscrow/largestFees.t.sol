// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {SettlementTest} from "../base/SettlementTest.sol";

/// @title The largest batch of the largest fees
contract InferenceEscrowLargestFeesTest is SettlementTest {
    function setUp() public override {
        traces = 255;
        super.setUp();
        vm.deal(payer, 2 ** 90);
    }

    /// @dev Whatever was paid, the pools of one batch do not overflow a balance, so nobody can spoil a batch of others with a large fee.
    function test_NoBatchAloneIsOutOfRange() public {
        uint256 feeWei = escrow.MAXIMUM_FEE_WEI();
        int256 poolsWei = 255 * int256(feeWei / 2);
        settle(seal(payMany(255, feeWei)), earnings3(poolsWei, -poolsWei, 0));
        endEpoch();
        ledger.closeEpoch(modelId, 1);
        vm.assertEq(ledger.claimableOf(contributors[0]), uint256(poolsWei));
        vm.assertEq(address(escrow).balance, 0);
    }
}
