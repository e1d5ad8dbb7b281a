// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {IEpochLedger} from "../../src/interfaces/IEpochLedger.sol";
import {IInferenceEscrow} from "../../src/interfaces/IInferenceEscrow.sol";
import {HostileReceiver} from "../mocks/HostileReceiver.sol";
import {SettlementTest} from "../base/SettlementTest.sol";

contract EpochLedgerWithdrawTest is SettlementTest {
    function test_SendsAllToTheAccount() public {
        payAndSettle(1 ether, earnings3(0, 0, 0));
        vm.expectEmit(address(ledger));
        emit IEpochLedger.Withdrawn(prover, 0.05 ether);
        vm.prank(stranger);
        ledger.withdraw(prover);
        vm.assertEq(prover.balance, 0.05 ether);
        vm.assertEq(stranger.balance, 0);
        vm.assertEq(ledger.claimableOf(prover), 0);
        vm.assertEq(address(ledger).balance, 0.95 ether);
    }

    function test_RevertWhen_NothingToWithdraw() public {
        vm.expectRevert(abi.encodeWithSelector(IEpochLedger.NothingToWithdraw.selector, prover));
        ledger.withdraw(prover);
    }

    function test_RevertWhen_WithdrawnTwice() public {
        payAndSettle(1 ether, earnings3(0, 0, 0));
        ledger.withdraw(prover);
        vm.expectRevert(abi.encodeWithSelector(IEpochLedger.NothingToWithdraw.selector, prover));
        ledger.withdraw(prover);
    }

    /// @dev What is there belongs to others; whoever asks gets what is its own, which is nothing.
    function test_RevertWhen_TheMoneyIsAnothers() public {
        payAndSettle(1 ether, earnings3(0, 0, 0));
        address[4] memory others = [stranger, operator, address(escrow), address(0)];
        for (uint256 i = 0; i < others.length; ++i) {
            vm.expectRevert(abi.encodeWithSelector(IEpochLedger.NothingToWithdraw.selector, others[i]));
            vm.prank(others[i]);
            ledger.withdraw(others[i]);
        }
    }

    function test_RevertWhen_TheAccountRefuses() public {
        HostileReceiver receiver = _payerThatIsOwed(1 ether);
        receiver.arm(HostileReceiver.Mode.Revert, address(0), "");
        vm.expectRevert(abi.encodeWithSelector(IEpochLedger.WithdrawalFailed.selector, address(receiver), 1 ether));
        ledger.withdraw(address(receiver));
        vm.assertEq(ledger.claimableOf(address(receiver)), 1 ether);
        // It loses nothing, and can take its money once it accepts.
        receiver.arm(HostileReceiver.Mode.Accept, address(0), "");
        ledger.withdraw(address(receiver));
        vm.assertEq(address(receiver).balance, 1 ether);
    }

    /// @dev One account that refuses stands in nobody's way.
    function test_OthersWithdrawWhileOneRefuses() public {
        HostileReceiver receiver = _payerThatIsOwed(1 ether);
        receiver.arm(HostileReceiver.Mode.Revert, address(0), "");
        payAndSettle(1 ether, earnings3(0, 0, 0));
        ledger.withdraw(prover);
        ledger.withdraw(treasury);
        vm.assertEq(prover.balance, 0.05 ether);
    }

    function test_RevertWhen_TheAccountReenters() public {
        HostileReceiver receiver = _payerThatIsOwed(1 ether);
        // Money of others is there to be stolen.
        payAndSettle(1 ether, earnings3(0, 0, 0));
        receiver.arm(
            HostileReceiver.Mode.Reenter, address(ledger), abi.encodeCall(ledger.withdraw, (address(receiver)))
        );
        vm.expectRevert(abi.encodeWithSelector(IEpochLedger.WithdrawalFailed.selector, address(receiver), 1 ether));
        ledger.withdraw(address(receiver));
    }

    /// @dev It swallows the refusal: it receives its own money once, and nobody else's was sent along.
    function test_ReenteringGainsNothing() public {
        HostileReceiver receiver = _payerThatIsOwed(1 ether);
        payAndSettle(1 ether, earnings3(0, 0, 0));
        receiver.arm(HostileReceiver.Mode.ReenterAndSwallow, address(ledger), abi.encodeCall(ledger.withdraw, (prover)));
        ledger.withdraw(address(receiver));
        vm.assertFalse(receiver.hasReenteredSuccessfully());
        vm.assertEq(
            keccak256(receiver.reentrancyReason()),
            keccak256(abi.encodeWithSelector(ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector))
        );
        vm.assertEq(address(receiver).balance, 1 ether);
        vm.assertEq(ledger.claimableOf(prover), 0.05 ether);
        vm.assertEq(address(ledger).balance, 1 ether);
    }

    /// @dev From inside a withdrawal every other entry point finds consistent books.
    function test_ReenteringElsewhereFindsConsistentBooks() public {
        HostileReceiver receiver = _payerThatIsOwed(1 ether);
        uint256 requestId = pay(2 ether);
        vm.warp(escrow.requestOf(requestId).deadline + 1);
        receiver.arm(
            HostileReceiver.Mode.ReenterAndSwallow, address(escrow), abi.encodeCall(escrow.refund, (requestId))
        );
        ledger.withdraw(address(receiver));
        vm.assertTrue(receiver.hasReenteredSuccessfully());
        vm.assertEq(ledger.claimableOf(payer), 2 ether);
        vm.assertEq(address(ledger).balance, 2 ether);
        vm.assertEq(address(receiver).balance, 1 ether);
    }

    /// @dev From inside its withdrawal, the payer asks for the refund once more.
    function test_RevertWhen_ReenteringRefundsTwice() public {
        HostileReceiver receiver = _payerThatIsOwed(1 ether);
        uint256 requestId = escrow.requestCount();
        receiver.arm(
            HostileReceiver.Mode.ReenterAndSwallow, address(escrow), abi.encodeCall(escrow.refund, (requestId))
        );
        ledger.withdraw(address(receiver));
        vm.assertEq(
            keccak256(receiver.reentrancyReason()),
            keccak256(
                abi.encodeWithSelector(
                    IInferenceEscrow.RequestNotRefundable.selector, requestId, IInferenceEscrow.RequestState.Refunded
                )
            )
        );
        vm.assertEq(address(receiver).balance, 1 ether);
        vm.assertEq(ledger.claimableOf(address(receiver)), 0);
    }

    /// @dev An account that burns all gas costs its caller a bounded call and keeps its balance.
    function test_RevertWhen_TheAccountBurnsGas() public {
        _expectBoundedFailure(HostileReceiver.Mode.BurnGas, 1_000_000);
    }

    /// @dev So does one that returns a megabyte.
    function test_RevertWhen_TheAccountReturnsABomb() public {
        _expectBoundedFailure(HostileReceiver.Mode.ReturnBomb, 10_000_000);
    }

    function _expectBoundedFailure(HostileReceiver.Mode mode, uint256 gasLimit) private {
        HostileReceiver receiver = _payerThatIsOwed(1 ether);
        receiver.arm(mode, address(0), "");
        vm.expectRevert(abi.encodeWithSelector(IEpochLedger.WithdrawalFailed.selector, address(receiver), 1 ether));
        ledger.withdraw{gas: gasLimit}(address(receiver));
        vm.assertEq(ledger.claimableOf(address(receiver)), 1 ether);
    }

    /// @dev Payer, model owner, stakers, prover, treasury and contributor all refuse money: payment, settlement, refund and close go on,
    /// and what fails is the withdrawal of each, alone.
    function test_RevertWhen_EveryReceiverRefuses() public {
        address[6] memory receivers;
        for (uint256 i = 0; i < receivers.length; ++i) {
            receivers[i] = address(new HostileReceiver());
            HostileReceiver(payable(receivers[i])).arm(HostileReceiver.Mode.Revert, address(0), "");
        }
        (payer, stakers, prover, treasury, contributors[0]) =
        (receivers[0], receivers[1], receivers[2], receivers[3], receivers[4]);
        publishPolicy(defaultPolicy());
        modelOwner = receivers[5];
        vm.startPrank(modelOwner);
        modelId = modelRegistry.registerModel(7, circuitId, operator);
        modelRegistry.registerIndex(modelId, 8, contributors);
        vm.stopPrank();
        vm.deal(payer, 2 ether);

        payAndSettle(1 ether, earnings3(0.3 ether, 0, 0));
        uint256 unsealed = pay(1 ether);
        endEpoch();
        escrow.refund(unsealed);
        ledger.closeEpoch(modelId, 1);

        // The treasury has its share and what is left of the pools.
        uint256[6] memory owed = [uint256(1 ether), 0.15 ether, 0.05 ether, 0.3 ether, 0.3 ether, 0.2 ether];
        for (uint256 i = 0; i < receivers.length; ++i) {
            vm.expectRevert(abi.encodeWithSelector(IEpochLedger.WithdrawalFailed.selector, receivers[i], owed[i]));
            ledger.withdraw(receivers[i]);
            vm.assertEq(ledger.claimableOf(receivers[i]), owed[i]);
        }
        vm.assertEq(address(ledger).balance, 2 ether);
    }

    /// @dev A hostile contributor cannot stop the close of an epoch: closing sends nothing.
    function test_AHostileContributorDoesNotStopTheClose() public {
        HostileReceiver receiver = new HostileReceiver();
        receiver.arm(HostileReceiver.Mode.Revert, address(0), "");
        contributors[1] = address(receiver);
        registerIndex(9, contributors);
        payAndSettle(1 ether, earnings3(0.1 ether, 0.2 ether, 0));
        endEpoch();
        ledger.closeEpoch(modelId, 1);
        vm.assertEq(ledger.claimableOf(address(receiver)), 0.2 ether);
        ledger.withdraw(contributors[0]);
        vm.assertEq(contributors[0].balance, 0.1 ether);
    }

    /// @dev A contract that pays and is refunded, so that it is owed money.
    function _payerThatIsOwed(uint256 feeWei) private returns (HostileReceiver receiver) {
        receiver = new HostileReceiver();
        vm.deal(address(this), feeWei);
        receiver.perform{value: feeWei}(address(escrow), feeWei, abi.encodeCall(escrow.pay, (modelId, 0)));
        uint256 requestId = escrow.requestCount();
        vm.warp(escrow.requestOf(requestId).deadline + 1);
        escrow.refund(requestId);
    }
}
