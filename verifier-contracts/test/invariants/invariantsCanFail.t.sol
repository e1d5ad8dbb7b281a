// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {EpochLedger} from "../../src/EpochLedger.sol";
import {InferenceEscrow} from "../../src/InferenceEscrow.sol";
import {ModelRegistry} from "../../src/ModelRegistry.sol";
import {VerifierRegistry} from "../../src/VerifierRegistry.sol";
import {IEpochLedger} from "../../src/interfaces/IEpochLedger.sol";
import {IInferenceEscrow} from "../../src/interfaces/IInferenceEscrow.sol";
import {IVerifierRegistry} from "../../src/interfaces/IVerifierRegistry.sol";
import {TestBase} from "../base/TestBase.sol";
import {SettlementInvariants} from "./Settlement.t.sol";
import {SettlementAttempts} from "./SettlementAttempts.sol";

/// @title Each property notices what it is about
/// @notice After a few honest steps under which all of them hold, one thing is made wrong, and the property and its invariant must fail.
contract InvariantsCanFailTest is TestBase {
    SettlementInvariants private _invariants;
    SettlementAttempts private _handler;
    InferenceEscrow private _escrow;
    EpochLedger private _ledger;
    ModelRegistry private _modelRegistry;
    VerifierRegistry private _verifierRegistry;

    function setUp() public {
        _invariants = new SettlementInvariants();
        _invariants.setUp();
        _handler = SettlementAttempts(_invariants.targetContracts()[0]);
        (_escrow, _ledger, _modelRegistry, _verifierRegistry) = _handler.system();
        for (uint256 i = 0; i < 4; ++i) {
            _handler.settleBatch(i, [int40(2), -1, 1]);
            _handler.closeEpoch(i);
            _handler.payFee(i, 1 ether);
            _handler.sealBatch(i);
        }
    }

    function test_AllHold() public {
        _invariants.afterInvariant();
    }

    function test_1_MoneyMissingInTheEscrow() public {
        vm.deal(address(_escrow), address(_escrow).balance - 1);
        _mustFail(
            SettlementInvariants.property_1_EscrowHoldsTheFeesOfOpenRequests.selector,
            SettlementInvariants.invariant_Money.selector
        );
    }

    function test_2_MoneyMissingInTheLedger() public {
        vm.deal(address(_ledger), address(_ledger).balance - 1);
        _mustFail(
            SettlementInvariants.property_2_LedgerHoldsClaimableAndUnclosedPools.selector,
            SettlementInvariants.invariant_Money.selector
        );
    }

    function test_3_MoneyMinted() public {
        vm.deal(_handler.accounts()[0], _handler.accounts()[0].balance + 1);
        _mustFail(
            SettlementInvariants.property_3_MoneyIsConserved.selector, SettlementInvariants.invariant_Money.selector
        );
    }

    function test_4_ARequestBackFromAFinalState() public {
        IInferenceEscrow.Request memory request = _escrow.requestOf(1);
        request.state = IInferenceEscrow.RequestState.Paid;
        vm.mockCall(address(_escrow), IInferenceEscrow.requestOf.selector, abi.encode(request));
        _mustFail(
            SettlementInvariants.property_4_SettledOrRefundedNeverBoth.selector,
            SettlementInvariants.invariant_States.selector
        );
    }

    function test_5_AnEpochWithFewerPoolsThanItPaid() public {
        _mockEpoch(0, -1);
        _mustFail(
            SettlementInvariants.property_5_EpochsPayAtMostTheirPools.selector,
            SettlementInvariants.invariant_Money.selector
        );
    }

    function test_6_ABatchWithAnotherRequest() public {
        IInferenceEscrow.Batch memory batch = _escrow.batchOf(1);
        batch.count += 1;
        vm.mockCall(address(_escrow), IInferenceEscrow.batchOf.selector, abi.encode(batch));
        _mustFail(
            SettlementInvariants.property_6_ARequestStandsInOneBatch.selector,
            SettlementInvariants.invariant_States.selector
        );
    }

    function test_7_AnotherHeadAfterPayment() public {
        vm.mockCall(address(_modelRegistry), ModelRegistry.commitmentsOf.selector, abi.encode(1, 2));
        _mustFail(
            SettlementInvariants.property_7_WhatWasPinnedNeverChanges.selector,
            SettlementInvariants.invariant_States.selector
        );
    }

    function test_8_AnEarningThatNobodyProved() public {
        vm.mockCall(address(_ledger), IEpochLedger.bookedEarningOf.selector, abi.encode(int128(1)));
        _mustFail(
            SettlementInvariants.property_8_AccountsAgreeWithTheReference.selector,
            SettlementInvariants.invariant_Money.selector
        );
    }

    function test_9_AnOutstandingRequestTooMany() public {
        _mockEpoch(1, 0);
        _mustFail(
            SettlementInvariants.property_9_OutstandingCountsAgree.selector,
            SettlementInvariants.invariant_States.selector
        );
    }

    /// @dev With a registry that accepts every proof, a copied or changed one settles.
    function test_10_AnAttemptThatSucceeds() public {
        vm.mockCall(address(_verifierRegistry), VerifierRegistry.requireValidProof.selector, "");
        for (uint256 i = 0; i < 8; ++i) {
            _handler.attemptToForge(i);
        }
        _mustFail(
            SettlementInvariants.property_10_RefusalsHold.selector, SettlementInvariants.invariant_States.selector
        );
    }

    /// @dev A refusal for the wrong reason shows nothing.
    function test_10_AnAttemptThatFailsForAnotherReason() public {
        vm.mockCall(address(_modelRegistry), ModelRegistry.operatorOf.selector, "");
        _handler.attemptToSealOutOfTurn(1);
        _mustFail(
            SettlementInvariants.property_10_RefusalsHold.selector, SettlementInvariants.invariant_States.selector
        );
    }

    function test_11_AnEpochThatChangesAfterItsClose() public {
        _mockEpoch(0, 1);
        _mustFail(
            SettlementInvariants.property_11_EpochsCloseInOrder.selector, SettlementInvariants.invariant_States.selector
        );
    }

    function test_12_AWithdrawalThatSendsNothing() public {
        vm.mockCall(address(_ledger), IEpochLedger.withdraw.selector, "");
        _mustFail(
            SettlementInvariants.property_12_NothingIsStuck.selector,
            SettlementInvariants.invariant_NothingIsStuck.selector
        );
    }

    function test_13_AnotherVerifierUnderAnId() public {
        bytes4[] memory circuits = _handler.circuits();
        IVerifierRegistry.Circuit memory circuit = _verifierRegistry.circuitOf(circuits[1]);
        vm.mockCall(address(_verifierRegistry), VerifierRegistry.circuitOf.selector, abi.encode(circuit));
        _mustFail(
            SettlementInvariants.property_13_ACircuitIdNamesOneVerifier.selector,
            SettlementInvariants.invariant_States.selector
        );
    }

    function test_14_AWashTraderWhoGetsItsFeesBack() public {
        uint256 limit = _handler.washFeesWei() * 9500 / 10_000 + _handler.roundings();
        vm.mockCall(address(_handler), _handler.incomeOf.selector, abi.encode(0, 0, limit + 1, 0));
        _mustFail(
            SettlementInvariants.property_14_WashTradingNeverProfits.selector,
            SettlementInvariants.invariant_Money.selector
        );
    }

    function test_15_ARivalWhoLosesMoreThanThePools() public {
        uint256 limit = _handler.washPoolsWei() + _handler.roundings();
        vm.mockCall(address(_handler), _handler.incomeOf.selector, abi.encode(0, limit + 1, 0, 0));
        _mustFail(
            SettlementInvariants.property_15_HarmHasItsPrice.selector, SettlementInvariants.invariant_Money.selector
        );
    }

    function test_16_AWithdrawalThatSendsNothing() public {
        vm.mockCall(address(_ledger), IEpochLedger.withdraw.selector, "");
        _mustFail(
            SettlementInvariants.property_16_WhatIsDueSucceeds.selector,
            SettlementInvariants.invariant_WhatIsDueSucceeds.selector
        );
    }

    /// @dev Every epoch is the first one with these added.
    function _mockEpoch(uint32 outstanding, int256 poolsWei) private {
        uint256 model = _handler.models()[0];
        IEpochLedger.Epoch memory epoch = _ledger.epochOf(model, 1);
        epoch.outstanding += outstanding;
        epoch.poolsWei = uint128(uint256(int256(uint256(epoch.poolsWei)) + poolsWei));
        vm.mockCall(address(_ledger), IEpochLedger.epochOf.selector, abi.encode(epoch));
    }

    /// @dev The property notices, and so does the invariant that forge checks it with.
    function _mustFail(bytes4 property, bytes4 invariant) private {
        (bool holds,) = address(_invariants).call(abi.encodePacked(property));
        vm.assertFalse(holds, "the property did not notice");
        (holds,) = address(_invariants).call(abi.encodePacked(invariant));
        vm.assertFalse(holds, "the invariant does not look at the property");
    }
}
