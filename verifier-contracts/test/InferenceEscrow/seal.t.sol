// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {AttributionStatement} from "../../src/AttributionStatement.sol";
import {Bn254} from "../../src/Bn254.sol";
import {IInferenceEscrow} from "../../src/interfaces/IInferenceEscrow.sol";
import {IModelRegistry} from "../../src/interfaces/IModelRegistry.sol";
import {IVerifierRegistry} from "../../src/interfaces/IVerifierRegistry.sol";
import {SettlementTest} from "../base/SettlementTest.sol";

contract InferenceEscrowSealTest is SettlementTest {
    function test_FixesTheBatch() public {
        uint256[] memory requestIds = list2(pay(1 ether), pay(3 ether));
        AttributionStatement.Leaves memory leaves = leavesFor(requestIds);
        bytes32 batchHash = keccak256(
            abi.encode(uint256(2), leaves.requestIds, leaves.pools, leaves.inputCommitments, leaves.outputCommitments)
        );

        vm.expectEmit(address(escrow));
        emit IInferenceEscrow.BatchSealed(1, modelId, 1, batchHash, START + 3 hours, leaves);
        uint256 batchId = seal(requestIds);

        vm.assertEq(batchId, 1);
        vm.assertEq(escrow.batchCount(), 1);
        IInferenceEscrow.Batch memory batch = escrow.batchOf(1);
        vm.assertEq(batch.batchHash, batchHash);
        vm.assertEq(batch.modelId, modelId);
        vm.assertEq(batch.epochId, 1);
        vm.assertEq(batch.feesWei, 4 ether);
        vm.assertEq(batch.settleDeadline, START + 3 hours);
        vm.assertEq(batch.count, 2);
        vm.assertFalse(batch.isSettled);
        for (uint256 i = 0; i < 2; ++i) {
            IInferenceEscrow.Request memory request = escrow.requestOf(requestIds[i]);
            vm.assertTrue(request.state == IInferenceEscrow.RequestState.Sealed);
            vm.assertEq(request.deadline, START + 3 hours);
        }
    }

    function test_KeepsWhatWasPaid() public {
        uint256 requestId = pay(7 ether);
        IInferenceEscrow.Request memory before = escrow.requestOf(requestId);
        seal(list1(requestId));
        IInferenceEscrow.Request memory request = escrow.requestOf(requestId);
        vm.assertEq(request.payer, before.payer);
        vm.assertEq(request.feeWei, before.feeWei);
        vm.assertEq(request.poolWei, before.poolWei);
        vm.assertEq(request.modelId, before.modelId);
        vm.assertEq(request.epochId, before.epochId);
    }

    /// @dev Requests of a batch were paid at different times, and stand in it in any order.
    function test_TheOldestRequestDecidesTheSettleDeadline() public {
        uint256 oldest = pay(FEE);
        vm.warp(START + 10 minutes);
        uint256 newest = pay(FEE);
        uint256 batchId = seal(list2(newest, oldest));
        vm.assertEq(escrow.batchOf(batchId).settleDeadline, START + 3 hours);
        vm.assertEq(escrow.requestOf(oldest).deadline, START + 3 hours);
        vm.assertEq(escrow.requestOf(newest).deadline, START + 10 minutes + 3 hours);
    }

    /// @dev Two requests share a word: with the largest fee, neither reaches into the other.
    function test_NeighboursKeepTheirFees() public {
        vm.deal(payer, 2 ** 100);
        uint256[3] memory fees = [uint256(2 ** 76 - 1), 1, 2 ** 76 - 1];
        uint256[] memory requestIds = new uint256[](3);
        for (uint256 i = 0; i < 3; ++i) {
            requestIds[i] = pay(fees[i]);
        }
        for (uint256 i = 0; i < 3; ++i) {
            vm.assertEq(escrow.requestOf(requestIds[i]).feeWei, fees[i]);
            vm.assertEq(escrow.requestOf(requestIds[i]).epochId, 1);
        }
        vm.assertEq(escrow.batchOf(seal(requestIds)).feesWei, 2 ** 77 - 1);
    }

    function test_AcceptsAFullBatchInTheLastSecond() public {
        uint256[] memory requestIds = payMany(traces, FEE);
        vm.warp(START + 1 hours);
        seal(requestIds);
    }

    function test_AcceptsASealer() public {
        vm.prank(operator);
        escrow.approveSealer(sealer, true);
        uint256 batchId = sealAs(sealer, payMany(2, FEE));
        vm.assertEq(escrow.batchOf(batchId).count, 2);
    }

    function test_RevertWhen_NotOperatorOrSealer() public {
        uint256[] memory requestIds = payMany(1, FEE);
        address[4] memory callers = [modelOwner, payer, governor, stranger];
        for (uint256 i = 0; i < callers.length; ++i) {
            _expectRefusal(callers[i], requestIds, _notOperatorOrSealer(callers[i], operator));
        }
    }

    function test_RevertWhen_SealerWasRevoked() public {
        uint256[] memory requestIds = payMany(1, FEE);
        vm.startPrank(operator);
        escrow.approveSealer(sealer, true);
        escrow.approveSealer(sealer, false);
        vm.stopPrank();
        _expectRefusal(sealer, requestIds, _notOperatorOrSealer(sealer, operator));
    }

    function test_RevertWhen_SealerOfOtherOperator() public {
        uint256[] memory requestIds = payMany(1, FEE);
        vm.prank(stranger);
        escrow.approveSealer(sealer, true);
        _expectRefusal(sealer, requestIds, _notOperatorOrSealer(sealer, operator));
    }

    /// @dev Neither by the model's owner, nor by a sealer who would approve others.
    function test_RevertWhen_SealerWasApprovedByAnotherThanTheOperator() public {
        uint256[] memory requestIds = payMany(1, FEE);
        vm.prank(operator);
        escrow.approveSealer(stranger, true);
        vm.prank(stranger);
        escrow.approveSealer(sealer, true);
        vm.prank(modelOwner);
        escrow.approveSealer(sealer, true);
        _expectRefusal(sealer, requestIds, _notOperatorOrSealer(sealer, operator));
    }

    /// @dev The approval belongs to the operator: it ends with it, and is back when the operator is.
    function test_RevertWhen_OperatorOfTheSealerWasReplaced() public {
        uint256[] memory requestIds = payMany(1, FEE);
        vm.prank(operator);
        escrow.approveSealer(sealer, true);
        vm.prank(modelOwner);
        modelRegistry.setOperator(modelId, stranger);
        _expectRefusal(sealer, requestIds, _notOperatorOrSealer(sealer, stranger));
        vm.prank(modelOwner);
        modelRegistry.setOperator(modelId, operator);
        sealAs(sealer, requestIds);
    }

    function test_RevertWhen_OperatorWasReplaced() public {
        uint256[] memory requestIds = payMany(1, FEE);
        vm.prank(modelOwner);
        modelRegistry.setOperator(modelId, stranger);
        _expectRefusal(requestIds, _notOperatorOrSealer(operator, stranger));
    }

    function test_RevertWhen_UnknownModel() public {
        uint256[] memory requestIds = payMany(1, FEE);
        vm.expectRevert(abi.encodeWithSelector(IModelRegistry.UnknownModel.selector, 9));
        vm.prank(operator);
        escrow.seal(9, requestIds, requestIds, requestIds);
    }

    function test_RevertWhen_Empty() public {
        _expectRefusal(new uint256[](0), abi.encodeWithSelector(IInferenceEscrow.BatchIsEmpty.selector));
    }

    function test_RevertWhen_TooLarge() public {
        _expectRefusal(payMany(5, FEE), abi.encodeWithSelector(IInferenceEscrow.BatchTooLarge.selector, 5, 4));
    }

    function test_RevertWhen_CommitmentsLengthMismatch() public {
        uint256[] memory two = payMany(2, FEE);
        uint256[] memory one = list1(5);
        vm.startPrank(operator);
        vm.expectRevert(abi.encodeWithSelector(IInferenceEscrow.CommitmentsLengthMismatch.selector, 2, 1, 2));
        escrow.seal(modelId, two, one, two);
        vm.expectRevert(abi.encodeWithSelector(IInferenceEscrow.CommitmentsLengthMismatch.selector, 2, 2, 1));
        escrow.seal(modelId, two, two, one);
        vm.stopPrank();
    }

    function test_RevertWhen_CommitmentNotCanonical() public {
        uint256[] memory requestIds = payMany(2, FEE);
        uint256[2] memory refused = [0, Bn254.R];
        vm.startPrank(operator);
        for (uint256 i = 0; i < 2; ++i) {
            bytes memory reason =
                abi.encodeWithSelector(AttributionStatement.CommitmentNotCanonical.selector, 1, refused[i]);
            vm.expectRevert(reason);
            escrow.seal(modelId, requestIds, list2(1, refused[i]), list2(1, 1));
            vm.expectRevert(reason);
            escrow.seal(modelId, requestIds, list2(1, 1), list2(1, refused[i]));
        }
        escrow.seal(modelId, requestIds, list2(1, Bn254.R - 1), list2(Bn254.R - 1, 1));
        vm.stopPrank();
    }

    function test_RevertWhen_UnknownRequest() public {
        uint256 requestId = pay(FEE);
        bytes memory reason = abi.encodeWithSelector(IInferenceEscrow.UnknownRequest.selector, 2);
        _expectRefusal(list1(2), reason);
        _expectRefusal(list2(requestId, 2), reason);
    }

    function test_RevertWhen_RequestOfOtherModel() public {
        uint256 mine = pay(FEE);
        vm.startPrank(operator);
        uint256 otherModelId = modelRegistry.registerModel(7, circuitId, operator);
        modelRegistry.registerIndex(otherModelId, 8, contributors);
        vm.stopPrank();
        vm.prank(payer);
        uint256 others = escrow.pay{value: FEE}(otherModelId, 0);

        bytes memory reason =
            abi.encodeWithSelector(IInferenceEscrow.RequestOfOtherModel.selector, others, otherModelId, modelId);
        _expectRefusal(list1(others), reason);
        _expectRefusal(list2(mine, others), reason);
        _expectRefusal(list2(others, mine), reason);
    }

    function test_RevertWhen_RequestOfOtherEpoch() public {
        uint256 early = pay(FEE);
        publishPolicy(defaultPolicy());
        uint256 late = pay(FEE);
        _expectRefusal(
            list2(early, late), abi.encodeWithSelector(IInferenceEscrow.RequestOfOtherEpoch.selector, late, 2, 1)
        );
        _expectRefusal(
            list2(late, early), abi.encodeWithSelector(IInferenceEscrow.RequestOfOtherEpoch.selector, early, 1, 2)
        );
    }

    function test_RevertWhen_AlreadySealed() public {
        uint256 requestId = pay(FEE);
        seal(list1(requestId));
        _expectRefusal(list1(requestId), _notPaid(requestId, IInferenceEscrow.RequestState.Sealed));
    }

    function test_RevertWhen_RequestStandsTwice() public {
        uint256 requestId = pay(FEE);
        _expectRefusal(list2(requestId, requestId), _notPaid(requestId, IInferenceEscrow.RequestState.Sealed));
    }

    function test_RevertWhen_AlreadySettled() public {
        uint256 requestId = pay(FEE);
        settle(seal(list1(requestId)), earnings3(0, 0, 0));
        _expectRefusal(list1(requestId), _notPaid(requestId, IInferenceEscrow.RequestState.Settled));
    }

    function test_RevertWhen_AlreadyRefunded() public {
        uint256 requestId = pay(FEE);
        vm.warp(START + 1 hours + 1);
        escrow.refund(requestId);
        _expectRefusal(list1(requestId), _notPaid(requestId, IInferenceEscrow.RequestState.Refunded));
    }

    function test_RevertWhen_DeadlinePassed() public {
        uint256 requestId = pay(FEE);
        vm.warp(START + 1 hours + 1);
        _expectRefusal(
            list1(requestId),
            abi.encodeWithSelector(
                IInferenceEscrow.SealDeadlinePassed.selector, requestId, START + 1 hours, START + 1 hours + 1
            )
        );
    }

    /// @dev The oldest decides, wherever it stands.
    function test_RevertWhen_DeadlineOfTheOldestPassed() public {
        uint256 oldest = pay(FEE);
        vm.warp(START + 10 minutes);
        uint256 newest = pay(FEE);
        vm.warp(START + 1 hours + 1);
        bytes memory reason = abi.encodeWithSelector(
            IInferenceEscrow.SealDeadlinePassed.selector, oldest, START + 1 hours, START + 1 hours + 1
        );
        _expectRefusal(list2(newest, oldest), reason);
        _expectRefusal(list2(oldest, newest), reason);
        seal(list1(newest));
    }

    function test_RevertWhen_CircuitRetired() public {
        uint256 requestId = pay(FEE);
        vm.prank(governor);
        verifierRegistry.retire(circuitId);
        _expectRefusal(list1(requestId), abi.encodeWithSelector(IVerifierRegistry.RetiredCircuit.selector, circuitId));
    }

    function _notPaid(uint256 requestId, IInferenceEscrow.RequestState state) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IInferenceEscrow.RequestNotPaid.selector, requestId, state);
    }

    function _notOperatorOrSealer(address caller, address expected) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IInferenceEscrow.NotOperatorOrSealer.selector, caller, expected);
    }

    function _expectRefusal(uint256[] memory requestIds, bytes memory reason) private {
        _expectRefusal(operator, requestIds, reason);
    }

    /// @dev Commitments do not matter here: any that are canonical.
    function _expectRefusal(address caller, uint256[] memory requestIds, bytes memory reason) private {
        vm.expectRevert(reason);
        vm.prank(caller);
        escrow.seal(modelId, requestIds, requestIds, requestIds);
    }
}
