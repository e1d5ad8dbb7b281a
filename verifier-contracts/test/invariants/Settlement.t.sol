// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {EpochLedger} from "../../src/EpochLedger.sol";
import {InferenceEscrow} from "../../src/InferenceEscrow.sol";
import {IEpochLedger} from "../../src/interfaces/IEpochLedger.sol";
import {IInferenceEscrow} from "../../src/interfaces/IInferenceEscrow.sol";
import {TestBase} from "../base/TestBase.sol";
import {SettlementHandler} from "./SettlementHandler.sol";

/// @title What holds after any sequence of payments, seals, settlements, refunds, closes, withdrawals and changes
/// @notice Properties, in prose:
///
/// 1. **Solvency of the escrow.** It holds exactly the fees of the requests that are Paid or Sealed.
/// 2. **Solvency of the ledger.** It holds exactly all claimable balances and the pools of the epochs that are not closed.
/// 3. **Conservation.** All that was deposited is withdrawn, claimable, or held by 1 and 2; nothing is minted or lost.
/// 4. **Settled or refunded, never both.** Each request is settled at most once, or refunded at most once, and its state
///    says which.
/// 5. **Paid at most the pools.** No epoch pays its contributors more than the pools of its settled batches.
/// 6. **One batch.** A request stands in at most one batch, once, and goes its way: settled with it, or refunded, and
///    then only once the batch can no longer be settled.
/// 7. **Pinned at payment.** Payer, fee, pool, epoch, versions, commitments, contributors, circuit and policy of a request
///    are, for ever, what they were at payment.
/// 8. **Accounts agree with a plain reference.** Every claimable balance, debt and booked earning is what straightforward
///    arithmetic in the handler gives.
/// 9. **Counts agree.** An epoch's outstanding requests are those in it that are Paid or Sealed.
/// 10. **Refusals hold.** No attempt at settling late or twice, at refunding early or twice, at sealing twice, across epochs
///     or without being the operator or its sealer, at closing early or at earning more than the pools succeeded.
/// 11. **Order.** The last closed epoch of a model is never beyond its current one, and what is closed stays closed.
/// 12. **Nothing is stuck.** From wherever a sequence ended, steps that are open to anyone empty both contracts to the wei.
contract SettlementInvariants is TestBase {
    SettlementHandler private _handler;
    InferenceEscrow private _escrow;
    EpochLedger private _ledger;

    /// @dev As forge reads it.
    struct FuzzSelector {
        address addr;
        bytes4[] selectors;
    }

    function setUp() public {
        _handler = new SettlementHandler();
        _handler.setUp();
        _escrow = _handler.systemEscrow();
        _ledger = _handler.systemLedger();
    }

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_handler);
    }

    function targetSelectors() external view returns (FuzzSelector[] memory targets) {
        bytes4[] memory selectors = new bytes4[](17);
        selectors[0] = SettlementHandler.payFee.selector;
        selectors[1] = SettlementHandler.sealBatch.selector;
        selectors[2] = SettlementHandler.settleBatch.selector;
        selectors[3] = SettlementHandler.refundRequest.selector;
        selectors[4] = SettlementHandler.closeEpoch.selector;
        selectors[5] = SettlementHandler.withdraw.selector;
        selectors[6] = SettlementHandler.passTime.selector;
        selectors[7] = SettlementHandler.changeIndex.selector;
        selectors[8] = SettlementHandler.changePolicy.selector;
        selectors[9] = SettlementHandler.attemptToSettleOrRefundTwice.selector;
        selectors[10] = SettlementHandler.attemptToSealTwice.selector;
        selectors[13] = SettlementHandler.attemptToSealAcrossEpochs.selector;
        selectors[12] = SettlementHandler.attemptToEarnMoreThanThePools.selector;
        selectors[11] = SettlementHandler.attemptToCloseEarly.selector;
        selectors[14] = SettlementHandler.changeOperator.selector;
        selectors[15] = SettlementHandler.changeSealer.selector;
        selectors[16] = SettlementHandler.attemptToSealUnapproved.selector;
        targets = new FuzzSelector[](1);
        targets[0] = FuzzSelector(address(_handler), selectors);
    }

    function invariant_1_EscrowHoldsTheFeesOfOpenRequests() public view {
        vm.assertEq(address(_escrow).balance, _openFeesWei());
    }

    function invariant_2_LedgerHoldsClaimableAndUnclosedPools() public view {
        vm.assertEq(address(_ledger).balance, _claimableWei() + _unclosedPoolsWei());
    }

    function invariant_3_MoneyIsConserved() public view {
        vm.assertEq(
            _handler.depositedWei(), _handler.withdrawnWei() + _claimableWei() + _unclosedPoolsWei() + _openFeesWei()
        );
    }

    function invariant_4_SettledOrRefundedNeverBoth() public view {
        for (uint256 requestId = 1; requestId <= _escrow.requestCount(); ++requestId) {
            uint256 settled = _handler.settledCount(requestId);
            uint256 refunded = _handler.refundedCount(requestId);
            IInferenceEscrow.RequestState state = _escrow.requestOf(requestId).state;
            vm.assertLe(settled + refunded, 1, "settled and refunded, or twice");
            vm.assertEq(settled == 1, state == IInferenceEscrow.RequestState.Settled);
            vm.assertEq(refunded == 1, state == IInferenceEscrow.RequestState.Refunded);
        }
    }

    function invariant_5_EpochsPayAtMostTheirPools() public view {
        uint256[] memory models = _handler.models();
        for (uint256 i = 0; i < models.length; ++i) {
            for (uint256 epochId = 1; epochId <= _ledger.currentEpochIdOf(models[i]); ++epochId) {
                uint256 poolsWei = _ledger.epochOf(models[i], epochId).poolsWei;
                vm.assertEq(poolsWei, _handler.poolsWeiOf(models[i], epochId));
                vm.assertLe(_handler.paidWeiOf(models[i], epochId), poolsWei, "paid more than the pools");
            }
        }
    }

    function invariant_6_ARequestStandsInOneBatch() public view {
        for (uint256 batchId = 1; batchId <= _escrow.batchCount(); ++batchId) {
            uint256[] memory ids = _handler.requestsOfBatch(batchId);
            IInferenceEscrow.Batch memory batch = _escrow.batchOf(batchId);
            vm.assertEq(batch.count, ids.length);
            for (uint256 i = 0; i < ids.length; ++i) {
                IInferenceEscrow.Request memory request = _escrow.requestOf(ids[i]);
                bool isRefunded = request.state == IInferenceEscrow.RequestState.Refunded;
                vm.assertEq(batch.isSettled, request.state == IInferenceEscrow.RequestState.Settled);
                vm.assertTrue(isRefunded || request.state != IInferenceEscrow.RequestState.Paid);
                vm.assertTrue(
                    !isRefunded || block.timestamp > batch.settleDeadline, "refunded while it could be settled"
                );
                vm.assertGe(request.deadline, batch.settleDeadline, "refundable before its batch is late");
            }
        }
        for (uint256 requestId = 1; requestId <= _escrow.requestCount(); ++requestId) {
            IInferenceEscrow.RequestState state = _escrow.requestOf(requestId).state;
            vm.assertLe(_handler.sealedCount(requestId), 1, "in two batches");
            if (state == IInferenceEscrow.RequestState.Paid) vm.assertEq(_handler.sealedCount(requestId), 0);
        }
    }

    function invariant_7_WhatPaymentPinnedNeverChanges() public view {
        for (uint256 requestId = 1; requestId <= _escrow.requestCount(); ++requestId) {
            vm.assertEq(_handler.readPinnedHash(requestId), _handler.pinnedHash(requestId));
        }
    }

    function invariant_8_AccountsAgreeWithTheReference() public view {
        address[] memory accounts = _handler.accounts();
        uint256[] memory models = _handler.models();
        for (uint256 i = 0; i < accounts.length; ++i) {
            vm.assertEq(_ledger.claimableOf(accounts[i]), _handler.creditedWei(accounts[i]));
            for (uint256 j = 0; j < models.length; ++j) {
                vm.assertEq(
                    _ledger.debtOf(models[j], accounts[i]).amountWei, _handler.debtWeiOf(models[j], accounts[i])
                );
            }
        }
        for (uint256 j = 0; j < models.length; ++j) {
            for (uint256 epochId = 1; epochId <= _ledger.currentEpochIdOf(models[j]); ++epochId) {
                for (uint256 slot = 0; slot < 3; ++slot) {
                    vm.assertEq(
                        _ledger.bookedEarningOf(models[j], epochId, slot),
                        _handler.bookedWeiOf(models[j], epochId, slot)
                    );
                }
            }
        }
    }

    function invariant_9_OutstandingCountsAgree() public view {
        uint256[] memory models = _handler.models();
        for (uint256 i = 0; i < models.length; ++i) {
            uint256 epochs = _ledger.currentEpochIdOf(models[i]);
            uint256[] memory open = new uint256[](epochs + 1);
            for (uint256 requestId = 1; requestId <= _escrow.requestCount(); ++requestId) {
                IInferenceEscrow.Request memory request = _escrow.requestOf(requestId);
                if (request.modelId == models[i] && _isOpen(request.state)) ++open[request.epochId];
            }
            for (uint256 epochId = 1; epochId <= epochs; ++epochId) {
                vm.assertEq(_ledger.epochOf(models[i], epochId).outstanding, open[epochId]);
            }
        }
    }

    function invariant_10_RefusalsHold() public view {
        vm.assertTrue(bytes(_handler.breach()).length == 0, _handler.breach());
    }

    function invariant_11_EpochsCloseInOrder() public view {
        uint256[] memory models = _handler.models();
        for (uint256 i = 0; i < models.length; ++i) {
            uint256 lastClosed = _ledger.lastClosedEpochIdOf(models[i]);
            vm.assertLe(lastClosed, _ledger.currentEpochIdOf(models[i]), "closed an epoch that never opened");
            for (uint256 epochId = 1; epochId <= lastClosed; ++epochId) {
                vm.assertEq(_ledger.epochOf(models[i], epochId).outstanding, 0);
            }
        }
    }

    /// @dev Forge calls this once at the end of each sequence: property 12.
    function afterInvariant() public {
        _handler.windUp();
        vm.assertEq(address(_escrow).balance, 0, "money is stuck in the escrow");
        vm.assertEq(address(_ledger).balance, 0, "money is stuck in the ledger");
        vm.assertEq(_handler.depositedWei(), _handler.withdrawnWei(), "deposits and withdrawals differ");
    }

    function _isOpen(IInferenceEscrow.RequestState state) private pure returns (bool) {
        return state == IInferenceEscrow.RequestState.Paid || state == IInferenceEscrow.RequestState.Sealed;
    }

    function _openFeesWei() private view returns (uint256 sum) {
        for (uint256 requestId = 1; requestId <= _escrow.requestCount(); ++requestId) {
            IInferenceEscrow.Request memory request = _escrow.requestOf(requestId);
            if (_isOpen(request.state)) sum += request.feeWei;
        }
    }

    function _claimableWei() private view returns (uint256 sum) {
        address[] memory accounts = _handler.accounts();
        for (uint256 i = 0; i < accounts.length; ++i) {
            sum += _ledger.claimableOf(accounts[i]);
        }
    }

    function _unclosedPoolsWei() private view returns (uint256 sum) {
        uint256[] memory models = _handler.models();
        for (uint256 i = 0; i < models.length; ++i) {
            uint256 epochId = _ledger.lastClosedEpochIdOf(models[i]) + 1;
            for (; epochId <= _ledger.currentEpochIdOf(models[i]); ++epochId) {
                sum += _ledger.epochOf(models[i], epochId).poolsWei;
            }
        }
    }
}
