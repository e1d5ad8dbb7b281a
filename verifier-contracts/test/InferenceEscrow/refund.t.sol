// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {AttributionStatement} from "../../src/AttributionStatement.sol";
import {IInferenceEscrow} from "../../src/interfaces/IInferenceEscrow.sol";
import {IVerifierRegistry} from "../../src/interfaces/IVerifierRegistry.sol";
import {SettlementTest} from "../base/SettlementTest.sol";

contract InferenceEscrowRefundTest is SettlementTest {
    function test_CreditsThePayerWhenUnsealed() public {
        uint256 requestId = pay(1 ether);
        vm.warp(START + 1 hours + 1);
        vm.expectEmit(address(escrow));
        emit IInferenceEscrow.RequestRefunded(requestId, modelId, payer, 1 ether);
        vm.prank(stranger);
        escrow.refund(requestId);

        vm.assertTrue(escrow.requestOf(requestId).state == IInferenceEscrow.RequestState.Refunded);
        vm.assertEq(ledger.claimableOf(payer), 1 ether);
        vm.assertEq(ledger.epochOf(modelId, 1).outstanding, 0);
        vm.assertEq(address(escrow).balance, 0);
        vm.assertEq(address(ledger).balance, 1 ether);
    }

    function test_CreditsThePayersWhenUnsettled() public {
        uint256[] memory requestIds = list2(pay(1 ether), pay(3 ether));
        uint256 batchId = seal(requestIds);
        vm.warp(escrow.batchOf(batchId).settleDeadline + 1);
        escrow.refund(requestIds[1]);
        vm.assertTrue(escrow.requestOf(requestIds[0]).state == IInferenceEscrow.RequestState.Sealed);
        escrow.refund(requestIds[0]);
        vm.assertEq(ledger.claimableOf(payer), 4 ether);
        vm.assertEq(ledger.epochOf(modelId, 1).outstanding, 0);
    }

    /// @dev Whatever happens to circuits, policies, operators and models, a due refund succeeds.
    function test_SucceedsAfterEverythingWasChanged() public {
        uint256 requestId = pay(1 ether);
        seal(list1(requestId));
        vm.prank(governor);
        verifierRegistry.retire(circuitId);
        vm.startPrank(modelOwner);
        modelRegistry.setOperator(modelId, stranger);
        vm.stopPrank();
        vm.warp(START + 3 hours + 1);
        escrow.refund(requestId);
        vm.assertEq(ledger.claimableOf(payer), 1 ether);
    }

    function test_RevertWhen_SealDeadlineNotPassed() public {
        uint256 requestId = pay(FEE);
        vm.warp(START + 1 hours);
        // Whoever asks, those to whom it may matter most among them.
        address[4] memory callers = [stranger, payer, operator, modelOwner];
        for (uint256 i = 0; i < callers.length; ++i) {
            vm.expectRevert(
                abi.encodeWithSelector(
                    IInferenceEscrow.DeadlineNotPassed.selector, requestId, START + 1 hours, START + 1 hours
                )
            );
            vm.prank(callers[i]);
            escrow.refund(requestId);
        }
    }

    /// @dev Sealing late moves the deadline; the seal deadline no longer counts.
    function test_RevertWhen_SettleDeadlineNotPassed() public {
        uint256 requestId = pay(FEE);
        vm.warp(START + 1 hours);
        seal(list1(requestId));
        vm.warp(START + 3 hours);
        vm.expectRevert(
            abi.encodeWithSelector(
                IInferenceEscrow.DeadlineNotPassed.selector, requestId, START + 3 hours, START + 3 hours
            )
        );
        escrow.refund(requestId);
        vm.warp(START + 3 hours + 1);
        escrow.refund(requestId);
    }

    /// @dev A batch is late when the oldest of its requests is; the others wait for their own deadlines.
    function test_RevertWhen_OnlyTheOldestOfTheBatchIsLate() public {
        uint256 oldest = pay(FEE);
        vm.warp(START + 10 minutes);
        uint256 newest = pay(FEE);
        seal(list2(oldest, newest));
        uint256 deadline = START + 10 minutes + 3 hours;
        vm.warp(deadline);
        escrow.refund(oldest);
        vm.expectRevert(abi.encodeWithSelector(IInferenceEscrow.DeadlineNotPassed.selector, newest, deadline, deadline));
        escrow.refund(newest);
        vm.warp(deadline + 1);
        escrow.refund(newest);
    }

    function test_RevertWhen_AlreadyRefunded() public {
        uint256 requestId = pay(FEE);
        vm.warp(START + 1 hours + 1);
        escrow.refund(requestId);
        _expectNotRefundable(requestId, IInferenceEscrow.RequestState.Refunded);
    }

    function test_RevertWhen_Settled() public {
        uint256 requestId = pay(FEE);
        settle(seal(list1(requestId)), earnings3(0, 0, 0));
        _expectNotRefundable(requestId, IInferenceEscrow.RequestState.Settled);
        vm.warp(START + 365 days);
        _expectNotRefundable(requestId, IInferenceEscrow.RequestState.Settled);
    }

    function test_RevertWhen_Unknown() public {
        for (uint256 requestId = 0; requestId < 2; ++requestId) {
            vm.expectRevert(abi.encodeWithSelector(IInferenceEscrow.UnknownRequest.selector, requestId));
            escrow.refund(requestId);
        }
    }

    /// @dev At every second, in either order, at most one of settle and refund succeeds; after the deadline refund does.
    function testFuzz_SettleXorRefund(uint256 second, bool isRefundFirst) public {
        uint256 requestId = pay(1 ether);
        uint256 batchId = seal(list1(requestId));
        uint256 deadline = escrow.batchOf(batchId).settleDeadline;
        vm.warp(bound(second, deadline - 2, deadline + 2));

        AttributionStatement.Leaves memory leaves = sealedLeavesOf(batchId);
        uint256[] memory earnings = encode(earnings3(0, 0, 0));
        IVerifierRegistry.Proof memory proof =
            mockProofOf(escrow.publicSignalsOf(batchId, prover, leaves, earnings, DIGEST));
        bytes memory settleCall = abi.encodeCall(escrow.settle, (batchId, prover, leaves, earnings, DIGEST, proof));
        bytes memory refundCall = abi.encodeCall(escrow.refund, (requestId));
        (bool isFirstDone,) = address(escrow).call(isRefundFirst ? refundCall : settleCall);
        (bool isSecondDone,) = address(escrow).call(isRefundFirst ? settleCall : refundCall);

        vm.assertTrue(isFirstDone != isSecondDone, "exactly one of settle and refund");
        bool isRefunded = escrow.requestOf(requestId).state == IInferenceEscrow.RequestState.Refunded;
        vm.assertEq(isRefunded, block.timestamp > deadline);
        vm.assertEq(ledger.claimableOf(payer), isRefunded ? 1 ether : 0);
    }

    /// @dev In the last second of the settle window, both orders.
    function test_RevertWhen_RacedWhileSettlingIsOpen() public {
        uint256 requestId = pay(1 ether);
        uint256 batchId = seal(list1(requestId));
        uint256 deadline = escrow.batchOf(batchId).settleDeadline;
        vm.warp(deadline);
        vm.expectRevert(
            abi.encodeWithSelector(IInferenceEscrow.DeadlineNotPassed.selector, requestId, deadline, deadline)
        );
        escrow.refund(requestId);
        settle(batchId, earnings3(0, 0, 0));
        _expectNotRefundable(requestId, IInferenceEscrow.RequestState.Settled);
    }

    /// @dev A second later, both orders.
    function test_RevertWhen_RacedWhileRefundingIsOpen() public {
        uint256 requestId = pay(1 ether);
        uint256 batchId = seal(list1(requestId));
        uint256 deadline = escrow.batchOf(batchId).settleDeadline;
        AttributionStatement.Leaves memory leaves = sealedLeavesOf(batchId);
        uint256[] memory earnings = encode(earnings3(0, 0, 0));
        IVerifierRegistry.Proof memory proof =
            mockProofOf(escrow.publicSignalsOf(batchId, prover, leaves, earnings, DIGEST));
        bytes memory tooLate =
            abi.encodeWithSelector(IInferenceEscrow.SettleDeadlinePassed.selector, batchId, deadline, deadline + 1);
        vm.warp(deadline + 1);
        vm.expectRevert(tooLate);
        escrow.settle(batchId, prover, leaves, earnings, DIGEST, proof);
        escrow.refund(requestId);
        vm.expectRevert(tooLate);
        escrow.settle(batchId, prover, leaves, earnings, DIGEST, proof);
        vm.assertEq(ledger.claimableOf(payer), 1 ether);
    }

    function _expectNotRefundable(uint256 requestId, IInferenceEscrow.RequestState state) private {
        vm.expectRevert(abi.encodeWithSelector(IInferenceEscrow.RequestNotRefundable.selector, requestId, state));
        escrow.refund(requestId);
    }
}
