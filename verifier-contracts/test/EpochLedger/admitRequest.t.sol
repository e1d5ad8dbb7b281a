// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {IEpochLedger} from "../../src/interfaces/IEpochLedger.sol";
import {IModelRegistry} from "../../src/interfaces/IModelRegistry.sol";
import {IPolicyRegistry} from "../../src/interfaces/IPolicyRegistry.sol";
import {IVerifierRegistry} from "../../src/interfaces/IVerifierRegistry.sol";
import {SettlementTest} from "../base/SettlementTest.sol";

contract EpochLedgerAdmitRequestTest is SettlementTest {
    function test_FirstPaymentOpensEpochOne() public {
        vm.assertEq(ledger.currentEpochIdOf(modelId), 0);
        vm.expectEmit(address(ledger));
        emit IEpochLedger.EpochOpened(modelId, 1, 1, 1, circuitId, 1, START + 1 days);
        pay(FEE);

        vm.assertEq(ledger.currentEpochIdOf(modelId), 1);
        IEpochLedger.Epoch memory epoch = ledger.epochOf(modelId, 1);
        vm.assertEq(epoch.openedAt, START);
        vm.assertEq(epoch.endsAt, START + 1 days);
        vm.assertEq(epoch.outstanding, 1);
        vm.assertEq(epoch.poolsWei, 0);
    }

    function test_LaterPaymentsEnterTheSameEpoch() public {
        payMany(3, FEE);
        vm.warp(START + 1 days - 1);
        vm.assertEq(escrow.requestOf(pay(FEE)).epochId, 1);
        vm.assertEq(ledger.epochOf(modelId, 1).outstanding, 4);
    }

    function test_TheFirstPaymentAfterTheLengthOpensTheNext() public {
        uint256 early = pay(FEE);
        vm.warp(START + 1 days);
        uint256 late = pay(FEE);
        vm.assertEq(escrow.requestOf(early).epochId, 1);
        vm.assertEq(escrow.requestOf(late).epochId, 2);
        vm.assertEq(ledger.epochOf(modelId, 1).outstanding, 1);
        vm.assertEq(ledger.epochOf(modelId, 2).outstanding, 1);
        vm.assertEq(ledger.epochOf(modelId, 2).endsAt, START + 2 days);
    }

    /// @dev Or an owner who registers an index before each payment would make an epoch of each, and nothing would net.
    function test_ANewIndexWaitsForTheNextEpoch() public {
        pay(FEE);
        for (uint256 commitment = 9; commitment < 12; ++commitment) {
            registerIndex(commitment, contributors);
            _expectRunningEpoch();
        }
        endEpoch();
        _expectNextEpochPins(1, 4, 1, circuitId);
    }

    function test_ANewHeadWaitsForTheNextEpoch() public {
        pay(FEE);
        _registerHead(circuitId);
        registerIndex(9, contributors);
        _expectRunningEpoch();
        endEpoch();
        _expectNextEpochPins(2, 2, 1, circuitId);
    }

    /// @dev Only the next epoch needs the index.
    function test_AHeadWithoutAnIndexDoesNotStopTheEpoch() public {
        pay(FEE);
        _registerHead(circuitId);
        _expectRunningEpoch();
        endEpoch();
        vm.expectRevert(abi.encodeWithSelector(IModelRegistry.ModelVersionHasNoIndex.selector, modelId, 2));
        vm.prank(payer);
        escrow.pay{value: FEE}(modelId, 0);
        registerIndex(9, contributors);
        _expectNextEpochPins(2, 2, 1, circuitId);
    }

    function test_ANewCircuitWaitsForTheNextEpoch() public {
        pay(FEE);
        bytes4 otherCircuitId = registerCircuit(otherKey());
        _registerHead(otherCircuitId);
        registerIndex(INDEX_COMMITMENT, contributors);
        _expectRunningEpoch();
        endEpoch();
        _expectNextEpochPins(2, 2, 1, otherCircuitId);
    }

    /// @dev Under a retired circuit nothing could be settled, so the newest versions do not wait.
    function test_ARetiredCircuitOpensTheNext() public {
        pay(FEE);
        bytes4 otherCircuitId = registerCircuit(otherKey());
        _registerHead(otherCircuitId);
        registerIndex(INDEX_COMMITMENT, contributors);
        vm.prank(governor);
        verifierRegistry.retire(circuitId);
        _expectNextEpochPins(2, 2, 1, otherCircuitId);
    }

    /// @dev The circuit of a head that waits is not that of the running epoch.
    function test_ARetiredCircuitOfTheNextDoesNotStopTheEpoch() public {
        pay(FEE);
        bytes4 otherCircuitId = registerCircuit(otherKey());
        _registerHead(otherCircuitId);
        registerIndex(INDEX_COMMITMENT, contributors);
        vm.prank(governor);
        verifierRegistry.retire(otherCircuitId);
        _expectRunningEpoch();
        endEpoch();
        _expectRetired(otherCircuitId);
    }

    function test_RevertWhen_TheCircuitIsRetiredWithinTheEpoch() public {
        pay(FEE);
        vm.prank(governor);
        verifierRegistry.retire(circuitId);
        _expectRetired(circuitId);
    }

    function test_ANewPolicyOpensTheNext() public {
        pay(FEE);
        IPolicyRegistry.Policy memory policy = defaultPolicy();
        policy.epochLength = 2 days;
        publishPolicy(policy);
        _expectNextEpochPins(1, 1, 2, circuitId);
        vm.assertEq(ledger.epochOf(modelId, 2).endsAt, START + 2 days);
    }

    function test_EachModelHasItsOwnEpochs() public {
        pay(FEE);
        vm.startPrank(modelOwner);
        uint256 otherModelId = modelRegistry.registerModel(7, circuitId, operator);
        modelRegistry.registerIndex(otherModelId, 8, contributors);
        vm.stopPrank();
        vm.assertEq(ledger.currentEpochIdOf(otherModelId), 0);
        vm.prank(payer);
        escrow.pay{value: FEE}(otherModelId, 0);
        vm.assertEq(ledger.currentEpochIdOf(otherModelId), 1);
        vm.assertEq(ledger.currentEpochIdOf(modelId), 1);
        vm.assertEq(ledger.epochOf(modelId, 1).outstanding, 1);
    }

    /// @dev Also when the epoch was open already.
    function test_TellsTheEpochAndItsPolicy() public {
        publishPolicy(defaultPolicy());
        registerIndex(9, contributors);
        for (uint256 i = 0; i < 2; ++i) {
            vm.prank(SETTLEMENT);
            (uint256 epochId, uint256 policyId) = ledger.admitRequest(modelId);
            vm.assertEq(epochId, 1);
            vm.assertEq(policyId, 2);
        }
    }

    function test_RevertWhen_NotEscrow() public {
        vm.expectRevert(abi.encodeWithSelector(IEpochLedger.NotEscrow.selector, stranger, SETTLEMENT));
        vm.prank(stranger);
        ledger.admitRequest(modelId);
    }

    function _registerHead(bytes4 circuit) private {
        vm.prank(modelOwner);
        modelRegistry.registerModelVersion(modelId, 8, circuit);
    }

    function _expectRetired(bytes4 circuit) private {
        vm.expectRevert(abi.encodeWithSelector(IVerifierRegistry.RetiredCircuit.selector, circuit));
        vm.prank(payer);
        escrow.pay{value: FEE}(modelId, 0);
    }

    /// @dev A payment, also in its last second, enters epoch 1 as it was opened.
    function _expectRunningEpoch() private {
        IEpochLedger.Epoch memory before = ledger.epochOf(modelId, 1);
        vm.warp(before.endsAt - 1);
        vm.assertEq(escrow.requestOf(pay(FEE)).epochId, 1);
        ++before.outstanding;
        vm.assertEq(keccak256(abi.encode(ledger.epochOf(modelId, 1))), keccak256(abi.encode(before)));
    }

    function _expectNextEpochPins(uint256 modelVersion, uint256 indexVersion, uint256 policyId, bytes4 circuit)
        private
    {
        uint256 endsAt = block.timestamp + policyRegistry.policyOf(policyId).epochLength;
        vm.expectEmit(address(ledger));
        emit IEpochLedger.EpochOpened(modelId, 2, modelVersion, indexVersion, circuit, policyId, endsAt);
        vm.assertEq(escrow.requestOf(pay(FEE)).epochId, 2);
        IEpochLedger.Epoch memory epoch = ledger.epochOf(modelId, 2);
        vm.assertEq(epoch.modelVersion, modelVersion);
        vm.assertEq(epoch.indexVersion, indexVersion);
        vm.assertEq(epoch.policyId, policyId);
        vm.assertTrue(epoch.circuitId == circuit);
        // And the one before is as it was.
        epoch = ledger.epochOf(modelId, 1);
        vm.assertEq(epoch.modelVersion, 1);
        vm.assertEq(epoch.indexVersion, 1);
        vm.assertEq(epoch.policyId, 1);
        vm.assertTrue(epoch.circuitId == circuitId);
    }
}
