// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {IEpochLedger} from "../../src/interfaces/IEpochLedger.sol";
import {SettlementTest} from "../base/SettlementTest.sol";

contract EpochLedgerCloseEpochTest is SettlementTest {
    // --- what is paid ---

    function test_PaysPositiveBalancesAndCarriesNegativeOnes() public {
        payAndSettle(2 ether, earnings3(0.6 ether, -0.2 ether, 0));
        uint256 treasuryBefore = ledger.claimableOf(treasury);
        endEpoch();

        vm.expectEmit(address(ledger));
        emit IEpochLedger.AccountCredited(contributors[0], 0.6 ether);
        vm.expectEmit(address(ledger));
        emit IEpochLedger.ContributorNetted(modelId, 1, contributors[0], 0, 0, 0.6 ether, 0.6 ether, 0);
        vm.expectEmit(address(ledger));
        emit IEpochLedger.ContributorNetted(modelId, 1, contributors[1], 1, 0, -0.2 ether, 0, 0.2 ether);
        vm.expectEmit(address(ledger));
        emit IEpochLedger.ContributorNetted(modelId, 1, contributors[2], 2, 0, 0, 0, 0);
        vm.expectEmit(address(ledger));
        emit IEpochLedger.EpochClosed(modelId, 1, 1 ether, 0.6 ether, 0.4 ether);
        vm.prank(stranger);
        ledger.closeEpoch(modelId, 1);

        vm.assertEq(ledger.lastClosedEpochIdOf(modelId), 1);
        vm.assertEq(ledger.claimableOf(contributors[0]), 0.6 ether);
        vm.assertEq(ledger.claimableOf(contributors[1]), 0);
        vm.assertEq(ledger.claimableOf(contributors[2]), 0);
        vm.assertEq(ledger.claimableOf(treasury) - treasuryBefore, 0.4 ether);
        _expectDebt(contributors[1], 0.2 ether, 1);
        _expectDebt(contributors[0], 0, 0);
    }

    function test_CreditsNobodyWithNothing() public {
        payAndSettle(1 ether, earnings3(0, 0, 0));
        endEpoch();
        vm.expectEmit(address(ledger), 0);
        emit IEpochLedger.AccountCredited(contributors[0], 0);
        ledger.closeEpoch(modelId, 1);
    }

    function test_NegativeEarningsNetOutOverBatches() public {
        payAndSettle(1 ether, earnings3(-0.3 ether, 0.5 ether, 0));
        payAndSettle(1 ether, earnings3(0.5 ether, -0.1 ether, 0));
        _endAndClose(1);
        vm.assertEq(ledger.claimableOf(contributors[0]), 0.2 ether);
        vm.assertEq(ledger.claimableOf(contributors[1]), 0.4 ether);
        _expectDebt(contributors[0], 0, 0);
        _expectDebt(contributors[1], 0, 0);
    }

    function test_EarningsOfUnassignedSlotsGoToTheTreasury() public {
        address[] memory two = new address[](2);
        (two[0], two[1]) = (contributors[0], contributors[1]);
        registerIndex(9, two);
        payAndSettle(1 ether, earnings3(0.1 ether, 0, 0.4 ether));
        uint256 treasuryBefore = ledger.claimableOf(treasury);
        _endAndClose(1);
        vm.assertEq(ledger.claimableOf(contributors[0]), 0.1 ether);
        vm.assertEq(ledger.claimableOf(contributors[2]), 0);
        vm.assertEq(ledger.claimableOf(address(0)), 0);
        vm.assertEq(ledger.claimableOf(treasury) - treasuryBefore, 0.4 ether);
    }

    function test_TreasuryOfThePinnedPolicyIsPaid() public {
        payAndSettle(1 ether, earnings3(0, 0, 0));
        uint256 treasuryBefore = ledger.claimableOf(treasury);
        treasury = stranger;
        publishPolicy(defaultPolicy());
        treasury = named("treasury");
        _endAndClose(1);
        vm.assertEq(ledger.claimableOf(treasury) - treasuryBefore, 0.5 ether);
        vm.assertEq(ledger.claimableOf(stranger), 0);
    }

    function test_AllRefundedClosesWithNothing() public {
        pay(FEE);
        vm.warp(START + 1 days);
        escrow.refund(1);
        vm.expectEmit(address(ledger));
        emit IEpochLedger.EpochClosed(modelId, 1, 0, 0, 0);
        ledger.closeEpoch(modelId, 1);
    }

    function test_ASingleWeiCounts() public {
        payAndSettle(1 ether, earnings3(1, -1, 0));
        endEpoch();
        vm.expectEmit(address(ledger));
        emit IEpochLedger.ContributorNetted(modelId, 1, contributors[0], 0, 0, 1, 1, 0);
        vm.expectEmit(address(ledger));
        emit IEpochLedger.ContributorNetted(modelId, 1, contributors[1], 1, 0, -1, 0, 1);
        ledger.closeEpoch(modelId, 1);
        vm.assertEq(ledger.claimableOf(contributors[0]), 1);
        _expectDebt(contributors[1], 1, 1);
    }

    // --- debts ---

    function test_DebtIsCarriedInFullWithinAnIndex() public {
        payAndSettle(1 ether, earnings3(-0.3 ether, 0, 0));
        _endAndClose(1);
        payAndSettle(1 ether, earnings3(0.1 ether, 0, 0));
        endEpoch();
        vm.expectEmit(address(ledger));
        emit IEpochLedger.ContributorNetted(modelId, 2, contributors[0], 0, -0.3 ether, 0.1 ether, 0, 0.2 ether);
        ledger.closeEpoch(modelId, 2);
        _expectDebt(contributors[0], 0.2 ether, 1);
        vm.assertEq(ledger.claimableOf(contributors[0]), 0);

        payAndSettle(1 ether, earnings3(0.5 ether, 0, 0));
        _endAndClose(3);
        _expectDebt(contributors[0], 0, 0);
        vm.assertEq(ledger.claimableOf(contributors[0]), 0.3 ether);
    }

    function test_AQuarterOfADebtIsKeptUnderANewIndex() public {
        payAndSettle(1 ether, earnings3(-0.4 ether, 0, 0));
        _endAndClose(1);
        registerIndex(9, contributors);
        payAndSettle(1 ether, earnings3(0.3 ether, 0, 0));
        endEpoch();
        vm.expectEmit(address(ledger));
        emit IEpochLedger.ContributorNetted(modelId, 2, contributors[0], 0, -0.1 ether, 0.3 ether, 0.2 ether, 0);
        ledger.closeEpoch(modelId, 2);
        vm.assertEq(ledger.claimableOf(contributors[0]), 0.2 ether);
    }

    function test_KeptQuarterIsRoundedUp() public {
        uint256 epochId = 1;
        for (uint256 debtWei = 1; debtWei <= 8; ++debtWei) {
            payAndSettle(1 ether, earnings3(-int256(debtWei), 0, 0));
            _endAndClose(epochId++);
            uint256 indexVersion = registerIndex(9, contributors);
            payAndSettle(1 ether, earnings3(0, 0, 0));
            _endAndClose(epochId++);
            uint256 kept = debtWei <= 4 ? 1 : 2;
            _expectDebt(contributors[0], kept, indexVersion);
            // Pay off the rest before the next round.
            payAndSettle(1 ether, earnings3(int256(kept), 0, 0));
            _endAndClose(epochId++);
            _expectDebt(contributors[0], 0, 0);
        }
    }

    /// @dev A debt is cut once for each index under which it is next counted, not for each index that was registered.
    function test_DebtIsCutOncePerEpochAndIndex() public {
        payAndSettle(1 ether, earnings3(-0.4 ether, 0, 0));
        _endAndClose(1);
        registerIndex(9, contributors);
        registerIndex(10, contributors);
        payAndSettle(1 ether, earnings3(0, 0, 0));
        _endAndClose(2);
        _expectDebt(contributors[0], 0.1 ether, 3);
        payAndSettle(1 ether, earnings3(0, 0, 0));
        _endAndClose(3);
        _expectDebt(contributors[0], 0.1 ether, 3);
    }

    /// @dev An owner who registers the index before each payment still has one epoch: what its friends lose by one request and earn by the
    /// next is netted in full.
    function test_AnIndexBeforeEachPaymentCutsNoDebt() public {
        for (uint256 i = 0; i < 3; ++i) {
            registerIndex(9 + i, contributors);
            payAndSettle(1 ether, earnings3(i == 1 ? int256(0.4 ether) : -0.4 ether, 0, 0));
        }
        _endAndClose(1);
        vm.assertEq(ledger.currentEpochIdOf(modelId), 1);
        vm.assertEq(ledger.claimableOf(contributors[0]), 0);
        _expectDebt(contributors[0], 0.4 ether, 2);
    }

    /// @dev Nor do other payout addresses: they wait as the index does that names them.
    function test_OtherPayoutAddressesBeforeEachPaymentLeaveNoDebtBehind() public {
        address debtor = contributors[0];
        for (uint256 i = 0; i < 3; ++i) {
            payAndSettle(1 ether, earnings3(i == 1 ? int256(0.4 ether) : -0.4 ether, 0, 0));
            contributors[0] = contributorOf(10 + i);
            registerIndex(9 + i, contributors);
        }
        _endAndClose(1);
        vm.assertEq(ledger.currentEpochIdOf(modelId), 1);
        _expectDebt(debtor, 0.4 ether, 1);
        for (uint256 i = 0; i < 3; ++i) {
            vm.assertEq(ledger.claimableOf(contributorOf(10 + i)), 0);
        }
    }

    /// @dev A debt follows the payout address, whatever slot it has.
    function test_DebtFollowsTheAccount() public {
        payAndSettle(1 ether, earnings3(-0.4 ether, 0, 0));
        _endAndClose(1);
        (contributors[0], contributors[2]) = (contributors[2], contributors[0]);
        registerIndex(9, contributors);
        payAndSettle(1 ether, earnings3(0.2 ether, 0, 0.2 ether));
        _endAndClose(2);
        vm.assertEq(ledger.claimableOf(contributors[0]), 0.2 ether);
        vm.assertEq(ledger.claimableOf(contributors[2]), 0.1 ether);
    }

    /// @dev An account that an index leaves out keeps its debt until an index names it again.
    function test_DebtWaitsWhileTheAccountIsLeftOut() public {
        payAndSettle(1 ether, earnings3(-0.4 ether, 0, 0));
        _endAndClose(1);
        address[] memory others = new address[](1);
        others[0] = contributors[1];
        registerIndex(9, others);
        payAndSettle(1 ether, earnings3(0.2 ether, 0, 0));
        _endAndClose(2);
        _expectDebt(contributors[0], 0.4 ether, 1);
        registerIndex(10, contributors);
        payAndSettle(1 ether, earnings3(0.2 ether, 0, 0));
        _endAndClose(3);
        vm.assertEq(ledger.claimableOf(contributors[0]), 0.1 ether);
    }

    function test_DebtsOfModelsAreApart() public {
        payAndSettle(1 ether, earnings3(-0.4 ether, 0, 0));
        _endAndClose(1);
        uint256 firstModelId = modelId;
        vm.startPrank(modelOwner);
        modelId = modelRegistry.registerModel(7, circuitId, operator);
        modelRegistry.registerIndex(modelId, 8, contributors);
        vm.stopPrank();
        payAndSettle(1 ether, earnings3(0.2 ether, 0, 0));
        _endAndClose(1);
        vm.assertEq(ledger.claimableOf(contributors[0]), 0.2 ether);
        vm.assertEq(ledger.debtOf(firstModelId, contributors[0]).amountWei, 0.4 ether);
    }

    // --- when ---

    function test_ClosesInTheFirstSecondAfterItsLength() public {
        payAndSettle(1 ether, earnings3(0, 0, 0));
        vm.warp(START + 1 days - 1);
        vm.expectRevert(abi.encodeWithSelector(IEpochLedger.EpochNotEnded.selector, modelId, 1, START + 1 days));
        ledger.closeEpoch(modelId, 1);
        vm.warp(START + 1 days);
        ledger.closeEpoch(modelId, 1);
    }

    function test_ClosesEarlyWhenSuperseded() public {
        payAndSettle(1 ether, earnings3(0, 0, 0));
        publishPolicy(defaultPolicy());
        pay(FEE);
        ledger.closeEpoch(modelId, 1);
        vm.assertEq(ledger.lastClosedEpochIdOf(modelId), 1);
    }

    /// @dev It would take further payments after its close.
    function test_RevertWhen_NothingIsInItYet() public {
        uint256 requestId = pay(FEE);
        vm.warp(START + 1 hours + 1);
        escrow.refund(requestId);
        vm.expectRevert(abi.encodeWithSelector(IEpochLedger.EpochNotEnded.selector, modelId, 1, START + 1 days));
        ledger.closeEpoch(modelId, 1);
    }

    /// @dev What waits for the next epoch supersedes nothing.
    function test_RevertWhen_OnlyANewIndexIsRegistered() public {
        payAndSettle(1 ether, earnings3(0, 0, 0));
        registerIndex(9, contributors);
        payAndSettle(1 ether, earnings3(0, 0, 0));
        vm.expectRevert(abi.encodeWithSelector(IEpochLedger.EpochNotEnded.selector, modelId, 1, START + 1 days));
        ledger.closeEpoch(modelId, 1);
    }

    /// @dev After the close no payment can enter it any more.
    function test_APaymentAfterTheCloseOpensTheNext() public {
        payAndSettle(1 ether, earnings3(0, 0, 0));
        _endAndClose(1);
        vm.assertEq(escrow.requestOf(pay(FEE)).epochId, 2);
    }

    function test_RevertWhen_RequestsAreOutstanding() public {
        uint256[] memory requestIds = payMany(2, FEE);
        settle(seal(list1(requestIds[0])), earnings3(0, 0, 0));
        endEpoch();
        vm.expectRevert(abi.encodeWithSelector(IEpochLedger.EpochHasOutstandingRequests.selector, modelId, 1, 1));
        ledger.closeEpoch(modelId, 1);
        escrow.refund(requestIds[1]);
        ledger.closeEpoch(modelId, 1);
    }

    function test_RevertWhen_EarlierEpochNotClosed() public {
        payAndSettle(1 ether, earnings3(0, 0, 0));
        endEpoch();
        payAndSettle(1 ether, earnings3(0, 0, 0));
        endEpoch();
        vm.expectRevert(abi.encodeWithSelector(IEpochLedger.EarlierEpochNotClosed.selector, modelId, 2, 1));
        ledger.closeEpoch(modelId, 2);
        ledger.closeEpoch(modelId, 1);
        ledger.closeEpoch(modelId, 2);
    }

    function test_RevertWhen_AlreadyClosed() public {
        payAndSettle(1 ether, earnings3(0.1 ether, 0, 0));
        _endAndClose(1);
        vm.expectRevert(abi.encodeWithSelector(IEpochLedger.EpochAlreadyClosed.selector, modelId, 1));
        ledger.closeEpoch(modelId, 1);
    }

    function test_RevertWhen_UnknownEpoch() public {
        pay(FEE);
        for (uint256 epochId = 0; epochId <= 2; epochId += 2) {
            bytes memory reason = abi.encodeWithSelector(IEpochLedger.UnknownEpoch.selector, modelId, epochId);
            vm.expectRevert(reason);
            ledger.closeEpoch(modelId, epochId);
            vm.expectRevert(reason);
            ledger.epochOf(modelId, epochId);
        }
    }

    /// @dev Epochs count by model: that one model has an epoch says nothing of another.
    function test_RevertWhen_EpochIsOfAnotherModel() public {
        payAndSettle(1 ether, earnings3(0, 0, 0));
        vm.prank(modelOwner);
        uint256 otherModelId = modelRegistry.registerModel(7, circuitId, operator);
        endEpoch();
        vm.expectRevert(abi.encodeWithSelector(IEpochLedger.UnknownEpoch.selector, otherModelId, 1));
        ledger.closeEpoch(otherModelId, 1);
    }

    // --- arithmetic ---

    /// @dev Over two epochs: each pays by the rule, never more than its pools, and to the wei all of them.
    function testFuzz_PaysByTheRule(uint96[4] memory fees, int256[12] memory raw, bool isNewIndex) public {
        vm.deal(payer, 2 ** 99);
        int256[3] memory balances;
        for (uint256 epochId = 1; epochId <= 2; ++epochId) {
            for (uint256 batch = 0; batch < 2; ++batch) {
                uint256 nth = (epochId - 1) * 2 + batch;
                uint256[] memory earnings = new uint256[](3);
                uint256 feeWei = bound(fees[nth], 1, 2 ** 76 - 1);
                for (uint256 slot = 0; slot < 3; ++slot) {
                    // At most a third of the pool each, so that the sums are within the limits.
                    int256 limit = int256(feeWei / 2 * 2 ** 64 / 3);
                    int256 earning = int256(bound(uint256(raw[nth * 3 + slot]), 0, uint256(2 * limit))) - limit;
                    earnings[slot] = encodeFraction(earning);
                    balances[slot] += earning >> 64;
                }
                settleEncoded(seal(list1(pay(feeWei))), earnings);
            }
            uint256 poolsWei = ledger.epochOf(modelId, epochId).poolsWei;
            uint256 treasuryBefore = ledger.claimableOf(treasury);
            uint256 paidWei = 0;
            uint256[3] memory before;
            for (uint256 slot = 0; slot < 3; ++slot) {
                before[slot] = ledger.claimableOf(contributors[slot]);
            }
            _endAndClose(epochId);
            for (uint256 slot = 0; slot < 3; ++slot) {
                uint256 paid = ledger.claimableOf(contributors[slot]) - before[slot];
                paidWei += paid;
                vm.assertEq(paid, balances[slot] > 0 ? uint256(balances[slot]) : 0);
                uint256 owed = balances[slot] < 0 ? uint256(-balances[slot]) : 0;
                vm.assertEq(ledger.debtOf(modelId, contributors[slot]).amountWei, owed);
                balances[slot] = -int256(isNewIndex ? (owed + 3) / 4 : owed);
            }
            vm.assertLe(paidWei, poolsWei, "paid more than the pools");
            vm.assertEq(ledger.claimableOf(treasury) - treasuryBefore, poolsWei - paidWei);
            if (isNewIndex) registerIndex(9, contributors);
        }
    }

    function _endAndClose(uint256 epochId) private {
        endEpoch();
        ledger.closeEpoch(modelId, epochId);
    }

    function _expectDebt(address account, uint256 amountWei, uint256 indexVersion) private view {
        IEpochLedger.Debt memory debt = ledger.debtOf(modelId, account);
        vm.assertEq(debt.amountWei, amountWei);
        vm.assertEq(debt.indexVersion, indexVersion);
    }
}
