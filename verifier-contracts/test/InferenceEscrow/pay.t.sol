// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {IEpochLedger} from "../../src/interfaces/IEpochLedger.sol";
import {IInferenceEscrow} from "../../src/interfaces/IInferenceEscrow.sol";
import {IModelRegistry} from "../../src/interfaces/IModelRegistry.sol";
import {IPolicyRegistry} from "../../src/interfaces/IPolicyRegistry.sol";
import {IVerifierRegistry} from "../../src/interfaces/IVerifierRegistry.sol";
import {SettlementTest} from "../base/SettlementTest.sol";

contract InferenceEscrowPayTest is SettlementTest {
    function test_HoldsTheFeeAndPins() public {
        vm.expectEmit(address(escrow));
        emit IInferenceEscrow.RequestPaid(
            1, modelId, payer, 1, 1 ether + 1, 0.5 ether, bytes32("request"), START + 1 hours
        );
        uint256 requestId = pay(1 ether + 1);

        vm.assertEq(requestId, 1);
        vm.assertEq(escrow.requestCount(), 1);
        vm.assertEq(address(escrow).balance, 1 ether + 1);
        IInferenceEscrow.Request memory request = escrow.requestOf(1);
        vm.assertEq(request.payer, payer);
        vm.assertEq(request.feeWei, 1 ether + 1);
        vm.assertEq(request.poolWei, 0.5 ether);
        vm.assertEq(request.modelId, modelId);
        vm.assertEq(request.epochId, 1);
        vm.assertEq(request.deadline, START + 1 hours);
        vm.assertTrue(request.state == IInferenceEscrow.RequestState.Paid);

        IEpochLedger.Epoch memory epoch = ledger.epochOf(modelId, 1);
        vm.assertEq(epoch.modelVersion, 1);
        vm.assertEq(epoch.indexVersion, 1);
        vm.assertEq(epoch.policyId, 1);
        vm.assertTrue(epoch.circuitId == circuitId);
        vm.assertEq(epoch.outstanding, 1);
    }

    function testFuzz_PoolIsTheFloorOfTheShare(uint96 fee, uint16 contributorsBps) public {
        uint256 feeWei = bound(fee, 1, 2 ** 76 - 1);
        IPolicyRegistry.Policy memory policy = defaultPolicy();
        policy.contributorsBps = uint16(bound(contributorsBps, 0, 5500));
        policy.treasuryBps = 6000 - policy.contributorsBps;
        publishPolicy(policy);
        vm.deal(payer, feeWei);
        uint256 poolWei = escrow.requestOf(pay(feeWei)).poolWei;
        vm.assertLe(poolWei * 10_000, feeWei * policy.contributorsBps, "pool above the share");
        vm.assertGt((poolWei + 1) * 10_000, feeWei * policy.contributorsBps, "pool a wei too low");
    }

    function test_AcceptsTheBoundsThemselves() public {
        vm.deal(payer, 2 ** 97);
        vm.assertEq(escrow.requestOf(pay(1)).poolWei, 0);
        vm.assertEq(escrow.requestOf(pay(2 ** 76 - 1)).poolWei, 2 ** 75 - 1);
    }

    function test_RevertWhen_FeeIsZero() public {
        vm.expectRevert(abi.encodeWithSelector(IInferenceEscrow.FeeOutOfRange.selector, 0, 1, uint256(2 ** 76 - 1)));
        escrow.pay(modelId, 0);
    }

    function test_RevertWhen_FeeIsTooLarge() public {
        vm.deal(payer, 2 ** 76);
        vm.expectRevert(
            abi.encodeWithSelector(IInferenceEscrow.FeeOutOfRange.selector, 2 ** 76, 1, uint256(2 ** 76 - 1))
        );
        vm.prank(payer);
        escrow.pay{value: 2 ** 76}(modelId, 0);
    }

    function test_RevertWhen_ModelUnknown() public {
        vm.expectRevert(abi.encodeWithSelector(IModelRegistry.UnknownModel.selector, 9));
        vm.prank(payer);
        escrow.pay{value: 1}(9, 0);
    }

    function test_RevertWhen_HeadHasNoIndex() public {
        vm.prank(modelOwner);
        modelRegistry.registerModelVersion(modelId, 8, circuitId);
        vm.expectRevert(abi.encodeWithSelector(IModelRegistry.ModelVersionHasNoIndex.selector, modelId, 2));
        vm.prank(payer);
        escrow.pay{value: 1}(modelId, 0);
    }

    function test_RevertWhen_CircuitRetired() public {
        vm.prank(governor);
        verifierRegistry.retire(circuitId);
        vm.expectRevert(abi.encodeWithSelector(IVerifierRegistry.RetiredCircuit.selector, circuitId));
        vm.prank(payer);
        escrow.pay{value: 1}(modelId, 0);
    }
}
