// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {AttributionStatement} from "../../src/AttributionStatement.sol";
import {PackedBalances} from "../../src/PackedBalances.sol";
import {IEpochLedger} from "../../src/interfaces/IEpochLedger.sol";
import {SettlementTest} from "../base/SettlementTest.sol";

contract EpochLedgerBookBatchTest is SettlementTest {
    function test_SplitsTheFees() public {
        // The first batch is of the second epoch, so that neither is taken for the other.
        pay(FEE);
        publishPolicy(defaultPolicy());
        uint256 batchId = seal(payMany(1, 1 ether + 1));
        int256[] memory earningsWei = earnings3(0.1 ether, -0.2 ether, 0.3 ether);
        vm.expectEmit(address(ledger));
        emit IEpochLedger.AccountCredited(modelOwner, 0.2 ether);
        vm.expectEmit(address(ledger));
        emit IEpochLedger.AccountCredited(stakers, 0.15 ether);
        vm.expectEmit(address(ledger));
        emit IEpochLedger.AccountCredited(prover, 0.05 ether);
        vm.expectEmit(address(ledger));
        emit IEpochLedger.AccountCredited(treasury, 0.1 ether + 1);
        vm.expectEmit(address(ledger));
        emit IEpochLedger.BatchBooked(
            modelId, 2, batchId, 1 ether + 1, 0.5 ether, 0.2 ether, 0.15 ether, 0.05 ether, 0.1 ether + 1, earningsWei
        );
        settle(batchId, earningsWei);
    }

    function test_RoundsEachEarningDown() public {
        uint256 batchId = seal(payMany(1, 1 ether));
        uint256[] memory earnings = new uint256[](3);
        earnings[0] = encodeFraction(2 ** 64 - 1);
        earnings[1] = encodeFraction(-1);
        earnings[2] = encodeFraction(-(2 ** 64));
        settleEncoded(batchId, earnings);
        vm.assertEq(ledger.bookedEarningOf(modelId, 1, 0), 0);
        vm.assertEq(ledger.bookedEarningOf(modelId, 1, 1), -1);
        vm.assertEq(ledger.bookedEarningOf(modelId, 1, 2), -1);
    }

    function test_AddsUpOverBatches() public {
        payAndSettle(1 ether, earnings3(0.4 ether, -0.1 ether, 0));
        payAndSettle(1 ether, earnings3(-0.5 ether, 0.2 ether, -0.1 ether));
        vm.assertEq(ledger.bookedEarningOf(modelId, 1, 0), -0.1 ether);
        vm.assertEq(ledger.bookedEarningOf(modelId, 1, 1), 0.1 ether);
        vm.assertEq(ledger.bookedEarningOf(modelId, 1, 2), -0.1 ether);
        vm.assertEq(ledger.epochOf(modelId, 1).poolsWei, 1 ether);
    }

    /// @dev Whether the last storage word holds one, two or three of them.
    function test_BooksAnyNumberOfSlots() public {
        pay(FEE);
        vm.deal(SETTLEMENT, 100 ether);
        int128[8] memory expected;
        for (uint256 count = 1; count <= 8; ++count) {
            uint256[] memory earnings = new uint256[](count);
            for (uint256 slot = 0; slot < count; ++slot) {
                earnings[slot] = encodeFraction(int256(count + slot) * 2 ** 64);
                expected[slot] += int128(int256(count + slot));
            }
            vm.prank(SETTLEMENT);
            ledger.bookBatch{value: 2 ether}(IEpochLedger.SettledBatch(modelId, 1, count, 0, 1 ether, prover), earnings);
        }
        for (uint256 slot = 0; slot < 8; ++slot) {
            vm.assertEq(ledger.bookedEarningOf(modelId, 1, slot), expected[slot]);
        }
    }

    /// @dev Settled when a later epoch is current, a request still counts in its own.
    function test_BooksInTheEpochOfThePayment() public {
        vm.warp(START + 1);
        uint256 early = pay(1 ether);
        publishPolicy(defaultPolicy());
        pay(1 ether);
        settle(seal(list1(early)), earnings3(0.1 ether, 0, 0));
        vm.assertEq(ledger.bookedEarningOf(modelId, 1, 0), 0.1 ether);
        vm.assertEq(ledger.bookedEarningOf(modelId, 2, 0), 0);
        vm.assertEq(ledger.epochOf(modelId, 1).outstanding, 0);
        vm.assertEq(ledger.epochOf(modelId, 2).outstanding, 1);
    }

    function test_AcceptsEarningsAtTheLimit() public {
        payAndSettle(1 ether, earnings3(0.5 ether, -0.25 ether, -0.25 ether));
        vm.assertEq(ledger.bookedEarningOf(modelId, 1, 0), 0.5 ether);
    }

    function test_RevertWhen_PositiveEarningsExceedPools() public {
        uint256 limit = 10 * 2 ** 64;
        uint256[] memory earnings = encode(earnings3(10, 0, 0));
        earnings[2] += 1;
        _expectRefusal(
            earnings, abi.encodeWithSelector(IEpochLedger.PositiveEarningsExceedPools.selector, limit + 1, limit)
        );
    }

    /// @dev The pools of an earlier batch of the epoch are spent, whether or not its contributors earned all of them.
    function test_RevertWhen_EarningsExceedThePoolsOfTheirOwnBatch() public {
        payAndSettle(1 ether, earnings3(0, 0, 0));
        uint256 limit = 10 * 2 ** 64;
        _expectRefusal(
            encode(earnings3(11, 0, 0)),
            abi.encodeWithSelector(IEpochLedger.PositiveEarningsExceedPools.selector, limit + 2 ** 64, limit)
        );
    }

    function test_RevertWhen_AbsoluteEarningsExceedPools() public {
        uint256 limit = 20 * 2 ** 64;
        uint256[] memory earnings = encode(earnings3(0, -10, -10));
        earnings[0] -= 1;
        _expectRefusal(
            earnings, abi.encodeWithSelector(IEpochLedger.AbsoluteEarningsExceedPools.selector, limit + 1, limit)
        );
    }

    function test_RevertWhen_EarningNotCanonical() public {
        uint256[] memory earnings = encode(earnings3(0, 0, 0));
        earnings[1] = 2 ** 181;
        _expectRefusal(earnings, abi.encodeWithSelector(AttributionStatement.EarningNotCanonical.selector, 1, 2 ** 181));
    }

    /// @dev What an epoch books for one slot stays below 2^84 wei, 19.3 million OPEN. A batch beyond it is refunded in the end.
    function test_RevertWhen_BalanceOutOfRange() public {
        payMany(3, 1);
        _bookFromEscrow(2 ** 84 - 1, -(2 ** 84), 0);
        vm.expectRevert(abi.encodeWithSelector(PackedBalances.BalanceOutOfRange.selector, int256(2 ** 84)));
        this.bookFromEscrow(1, 0, 0);
        vm.expectRevert(abi.encodeWithSelector(PackedBalances.BalanceOutOfRange.selector, -int256(2 ** 84) - 1));
        this.bookFromEscrow(0, -1, 0);
        _bookFromEscrow(0, 0, 5);
    }

    function bookFromEscrow(int256 first, int256 second, int256 third) external {
        _bookFromEscrow(first, second, third);
    }

    /// @dev Pools that no single batch can have.
    function _bookFromEscrow(int256 first, int256 second, int256 third) private {
        uint256[] memory earnings = encode(earnings3(first, second, third));
        vm.deal(SETTLEMENT, 2 ** 85);
        vm.prank(SETTLEMENT);
        ledger.bookBatch{value: 2 ** 85}(IEpochLedger.SettledBatch(modelId, 1, 1, 1, 2 ** 84, prover), earnings);
    }

    function test_RevertWhen_NotEscrow() public {
        vm.expectRevert(abi.encodeWithSelector(IEpochLedger.NotEscrow.selector, stranger, SETTLEMENT));
        vm.prank(stranger);
        ledger.bookBatch(IEpochLedger.SettledBatch(modelId, 1, 1, 1, 0, stranger), new uint256[](3));
    }

    /// @dev Books a batch with pools of 10 wei straight from the escrow: the ledger does not lean on its checks.
    function _expectRefusal(uint256[] memory earnings, bytes memory reason) private {
        pay(20);
        vm.expectRevert(reason);
        vm.prank(SETTLEMENT);
        ledger.bookBatch{value: 20}(IEpochLedger.SettledBatch(modelId, 1, 1, 1, 10, prover), earnings);
    }
}
