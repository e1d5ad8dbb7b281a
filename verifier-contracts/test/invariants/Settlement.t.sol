// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {EpochLedger} from "../../src/EpochLedger.sol";
import {InferenceEscrow} from "../../src/InferenceEscrow.sol";
import {ModelRegistry} from "../../src/ModelRegistry.sol";
import {VerifierRegistry} from "../../src/VerifierRegistry.sol";
import {IInferenceEscrow} from "../../src/interfaces/IInferenceEscrow.sol";
import {TestBase} from "../base/TestBase.sol";
import {SettlementAttempts} from "./SettlementAttempts.sol";
import {SettlementHandler} from "./SettlementHandler.sol";

/// @title What holds after any sequence of actions, among friends and enemies
/// @notice Properties, in prose:
///
/// 1. **Solvency of the escrow.** It holds exactly the fees of the requests that are Paid or Sealed, and what was forced upon it.
/// 2. **Solvency of the ledger.** It holds exactly all claimable balances and the pools of the epochs that are not closed, and what was
///    forced upon it.
/// 3. **Conservation.** All that was deposited is withdrawn, claimable, or held by 1 and 2; and all money there ever was is still with
///    the accounts and contracts that are known.
/// 4. **Settled or refunded, never both.** Each request is settled at most once, or refunded at most once, its state says which, and
///    for ever.
/// 5. **Paid at most the pools.** No epoch pays its contributors more than the pools of its settled batches.
/// 6. **One batch.** A request stands in at most one batch, once, and goes its way: settled with it, or refunded, and
///    then only once the batch can no longer be settled.
/// 7. **Pinned.** Payer, fee, pool, epoch, versions, commitments, contributors, circuit and policy of a request are, for ever, what they
///    were at payment; content, order, epoch and deadline of a batch what they were when it was sealed.
/// 8. **Accounts agree with a plain reference.** Every claimable balance, debt and booked earning is what straightforward
///    arithmetic gives.
/// 9. **Counts agree.** An epoch's outstanding requests are those in it that are Paid or Sealed.
/// 10. **Refusals hold.** Whatever must be refused is refused, with the error meant for it; while an account receives money, the books
///     are right; a payment enters the running epoch until its length has passed, its policy was replaced or its circuit retired.
/// 11. **Order.** The last closed epoch of a model is never beyond its current one, and what is closed stays as it was.
/// 12. **Nothing is stuck.** From wherever a sequence stands, steps that are open to anyone empty both contracts to the wei.
/// 13. **One verifier.** A circuit id names, for ever, the verifier, key and shape that it was registered with; retired stays retired.
/// 14. **Wash trading never profits.** With whatever the wash trader is besides a payer, it gets back less than its fees: at least the
///     treasury's 5 % is gone, also over epochs, debts, indexes and policies.
/// 15. **Harm has its price.** What others lose as contributors is at most the pools of what the wash trader paid.
/// 16. **What is due succeeds.** Refunds, closes and withdrawals, by anyone, at any moment when they are due; no retired circuit, policy
///     or hostile account stands in the way.
contract SettlementInvariants is TestBase {
    SettlementAttempts private _handler;
    InferenceEscrow private _escrow;
    EpochLedger private _ledger;
    ModelRegistry private _modelRegistry;
    VerifierRegistry private _verifierRegistry;

    /// @dev As forge reads it.
    struct FuzzSelector {
        address addr;
        bytes4[] selectors;
    }

    function setUp() public {
        _handler = new SettlementAttempts();
        _handler.setUp();
        (_escrow, _ledger, _modelRegistry, _verifierRegistry) = _handler.system();
    }

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_handler);
    }

    function targetSelectors() external view returns (FuzzSelector[] memory targets) {
        bytes4[24] memory all = [
            SettlementHandler.payFee.selector,
            SettlementHandler.sealBatch.selector,
            SettlementHandler.settleBatch.selector,
            SettlementHandler.settleWithLittleGas.selector,
            SettlementHandler.refundRequest.selector,
            SettlementHandler.closeEpoch.selector,
            SettlementHandler.withdraw.selector,
            SettlementHandler.passTime.selector,
            SettlementHandler.changeIndex.selector,
            SettlementHandler.changePolicy.selector,
            SettlementHandler.changeOperator.selector,
            SettlementHandler.changeSealer.selector,
            SettlementHandler.retireCircuit.selector,
            SettlementHandler.forceEther.selector,
            SettlementAttempts.attemptToSettleTwiceOrLate.selector,
            SettlementAttempts.attemptToRefundTwiceOrInTime.selector,
            SettlementAttempts.attemptAtTheDeadline.selector,
            SettlementAttempts.attemptToSealOutOfTurn.selector,
            SettlementAttempts.attemptToCloseEarly.selector,
            SettlementAttempts.attemptToEarnMoreThanThePools.selector,
            SettlementAttempts.attemptToForge.selector,
            SettlementAttempts.attemptAsStranger.selector,
            SettlementAttempts.attemptOnATombstone.selector,
            SettlementAttempts.attemptToSendEther.selector
        ];
        bytes4[] memory selectors = new bytes4[](all.length);
        for (uint256 i = 0; i < all.length; ++i) {
            selectors[i] = all[i];
        }
        targets = new FuzzSelector[](1);
        targets[0] = FuzzSelector(address(_handler), selectors);
    }

    // What forge checks after each call of a sequence. A sequence costs more than looking at a property, so properties that only look share one.

    function invariant_Money() public view {
        property_1_EscrowHoldsTheFeesOfOpenRequests();
        property_2_LedgerHoldsClaimableAndUnclosedPools();
        property_3_MoneyIsConserved();
        property_5_EpochsPayAtMostTheirPools();
        property_8_AccountsAgreeWithTheReference();
        property_14_WashTradingNeverProfits();
        property_15_HarmHasItsPrice();
    }

    function invariant_States() public view {
        property_4_SettledOrRefundedNeverBoth();
        property_6_ARequestStandsInOneBatch();
        property_7_WhatWasPinnedNeverChanges();
        property_9_OutstandingCountsAgree();
        property_10_RefusalsHold();
        property_11_EpochsCloseInOrder();
        property_13_ACircuitIdNamesOneVerifier();
    }

    /// @dev What an invariant changes does not last, so each step of a sequence can be wound up.
    function invariant_NothingIsStuck() public {
        property_12_NothingIsStuck();
    }

    /// @dev See above.
    function invariant_WhatIsDueSucceeds() public {
        property_16_WhatIsDueSucceeds();
    }

    function property_1_EscrowHoldsTheFeesOfOpenRequests() public view {
        vm.assertEq(address(_escrow).balance, _openFeesWei() + _handler.forcedWei(address(_escrow)));
    }

    function property_2_LedgerHoldsClaimableAndUnclosedPools() public view {
        uint256 owedWei = _claimableWei() + _unclosedPoolsWei();
        vm.assertEq(address(_ledger).balance, owedWei + _handler.forcedWei(address(_ledger)));
    }

    function property_3_MoneyIsConserved() public view {
        vm.assertEq(
            _handler.depositedWei(), _handler.withdrawnWei() + _claimableWei() + _unclosedPoolsWei() + _openFeesWei()
        );
        vm.assertEq(_handler.totalWei(), _handler.supplyWei(), "money came or went");
    }

    function property_4_SettledOrRefundedNeverBoth() public view {
        for (uint256 requestId = 1; requestId <= _escrow.requestCount(); ++requestId) {
            uint256 settled = _handler.settledCount(requestId);
            uint256 refunded = _handler.refundedCount(requestId);
            IInferenceEscrow.RequestState state = _escrow.requestOf(requestId).state;
            vm.assertLe(settled + refunded, 1, "settled and refunded, or twice");
            vm.assertEq(settled == 1, state == IInferenceEscrow.RequestState.Settled);
            vm.assertEq(refunded == 1, state == IInferenceEscrow.RequestState.Refunded);
        }
    }

    function property_5_EpochsPayAtMostTheirPools() public view {
        uint256[] memory models = _handler.models();
        for (uint256 i = 0; i < models.length; ++i) {
            for (uint256 epochId = 1; epochId <= _ledger.currentEpochIdOf(models[i]); ++epochId) {
                uint256 poolsWei = _ledger.epochOf(models[i], epochId).poolsWei;
                vm.assertEq(poolsWei, _handler.poolsWeiOf(models[i], epochId));
                vm.assertLe(_handler.paidWeiOf(models[i], epochId), poolsWei, "paid more than the pools");
            }
        }
    }

    function property_6_ARequestStandsInOneBatch() public view {
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

    function property_7_WhatWasPinnedNeverChanges() public view {
        for (uint256 requestId = 1; requestId <= _escrow.requestCount(); ++requestId) {
            vm.assertEq(_handler.readPaidHash(requestId), _handler.paidHash(requestId));
        }
        uint256[] memory models = _handler.models();
        for (uint256 i = 0; i < models.length; ++i) {
            for (uint256 epochId = 1; epochId <= _ledger.currentEpochIdOf(models[i]); ++epochId) {
                vm.assertEq(_handler.readPinnedHash(models[i], epochId), _handler.pinnedHash(models[i], epochId));
            }
        }
        for (uint256 batchId = 1; batchId <= _escrow.batchCount(); ++batchId) {
            vm.assertEq(_handler.readSealedHash(batchId), _handler.sealedHash(batchId));
        }
    }

    function property_8_AccountsAgreeWithTheReference() public view {
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

    function property_9_OutstandingCountsAgree() public view {
        uint256[] memory models = _handler.models();
        for (uint256 i = 0; i < models.length; ++i) {
            uint256 epochs = _ledger.currentEpochIdOf(models[i]);
            uint256[] memory open = new uint256[](epochs + 1);
            for (uint256 requestId = 1; requestId <= _escrow.requestCount(); ++requestId) {
                if (_handler.modelIdOf(requestId) != models[i]) continue;
                IInferenceEscrow.Request memory request = _escrow.requestOf(requestId);
                if (_isOpen(request.state)) ++open[request.epochId];
            }
            for (uint256 epochId = 1; epochId <= epochs; ++epochId) {
                vm.assertEq(_ledger.epochOf(models[i], epochId).outstanding, open[epochId]);
            }
        }
    }

    function property_10_RefusalsHold() public view {
        vm.assertTrue(bytes(_handler.breach()).length == 0, _handler.breach());
    }

    function property_11_EpochsCloseInOrder() public view {
        uint256[] memory models = _handler.models();
        for (uint256 i = 0; i < models.length; ++i) {
            uint256 lastClosed = _ledger.lastClosedEpochIdOf(models[i]);
            vm.assertLe(lastClosed, _ledger.currentEpochIdOf(models[i]), "closed an epoch that never opened");
            for (uint256 epochId = 1; epochId <= lastClosed; ++epochId) {
                vm.assertEq(_ledger.epochOf(models[i], epochId).outstanding, 0);
                vm.assertEq(_handler.readEpochHash(models[i], epochId), _handler.closedHash(models[i], epochId));
            }
        }
    }

    function property_12_NothingIsStuck() public {
        _handler.windUp();
        vm.assertEq(address(_escrow).balance, _handler.forcedWei(address(_escrow)), "money is stuck in the escrow");
        vm.assertEq(address(_ledger).balance, _handler.forcedWei(address(_ledger)), "money is stuck in the ledger");
        vm.assertEq(_handler.depositedWei(), _handler.withdrawnWei(), "deposits and withdrawals differ");
        property_10_RefusalsHold();
    }

    function property_13_ACircuitIdNamesOneVerifier() public view {
        bytes4[] memory circuits = _handler.circuits();
        for (uint256 i = 0; i < circuits.length; ++i) {
            vm.assertEq(_handler.readRegisteredHash(circuits[i]), _handler.registeredHash(circuits[i]));
            vm.assertEq(_verifierRegistry.circuitOf(circuits[i]).isRetired, _handler.isRetired(circuits[i]));
        }
    }

    function property_14_WashTradingNeverProfits() public view {
        address[] memory accounts = _handler.accounts();
        (uint256 with, uint256 without) = (0, 0);
        for (uint256 i = 0; i < accounts.length; ++i) {
            if (!_handler.isWashTrader(accounts[i])) continue;
            (,, uint256 allWei, uint256 allWithoutWei) = _handler.incomeOf(accounts[i]);
            (with, without) = (with + allWei, without + allWithoutWei);
        }
        uint256 limit = without + _handler.washFeesWei() * 9500 / 10_000 + _handler.roundings();
        vm.assertLe(with, limit, "wash trading pays");
    }

    function property_15_HarmHasItsPrice() public view {
        address[] memory accounts = _handler.accounts();
        uint256 harm = 0;
        for (uint256 i = 0; i < accounts.length; ++i) {
            if (_handler.isWashTrader(accounts[i])) continue;
            (uint256 paidWei, uint256 paidWithoutWei,,) = _handler.incomeOf(accounts[i]);
            if (paidWithoutWei > paidWei) harm += paidWithoutWei - paidWei;
        }
        vm.assertLe(harm, _handler.washPoolsWei() + _handler.roundings(), "harm is too cheap");
    }

    function property_16_WhatIsDueSucceeds() public {
        _handler.takeDueSteps();
        vm.assertEq(_claimableWei(), 0, "a withdrawal is missing");
        property_10_RefusalsHold();
    }

    /// @dev Forge calls this once at the end of each sequence: all properties, whichever of them was looked at on the way.
    function afterInvariant() public {
        _handler.writeSituations();
        invariant_Money();
        invariant_States();
        invariant_WhatIsDueSucceeds();
        invariant_NothingIsStuck();
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
