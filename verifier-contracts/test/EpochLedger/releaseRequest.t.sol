// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {IEpochLedger} from "../../src/interfaces/IEpochLedger.sol";
import {SettlementTest} from "../base/SettlementTest.sol";

contract EpochLedgerReleaseRequestTest is SettlementTest {
    function test_CreditsThePayer() public {
        pay(1 ether);
        vm.warp(START + 1 hours + 1);
        vm.expectEmit(address(ledger));
        emit IEpochLedger.AccountCredited(payer, 1 ether);
        escrow.refund(1);
        vm.assertEq(ledger.claimableOf(payer), 1 ether);
    }

    /// @dev A refund after the epoch was superseded counts in its own epoch.
    function test_CountsInTheEpochOfThePayment() public {
        pay(FEE);
        vm.warp(START + 1 days);
        pay(FEE);
        escrow.refund(1);
        vm.assertEq(ledger.epochOf(modelId, 1).outstanding, 0);
        vm.assertEq(ledger.epochOf(modelId, 2).outstanding, 1);
    }

    function test_RevertWhen_NotEscrow() public {
        pay(FEE);
        vm.expectRevert(abi.encodeWithSelector(IEpochLedger.NotEscrow.selector, stranger, SETTLEMENT));
        vm.prank(stranger);
        ledger.releaseRequest(modelId, 1, stranger);
    }
}
