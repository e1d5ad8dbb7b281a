// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {AttributionStatement} from "../../src/AttributionStatement.sol";
import {Bn254} from "../../src/Bn254.sol";
import {TestBase} from "../base/TestBase.sol";
import {AttributionStatementHarness} from "./AttributionStatementHarness.sol";

contract AttributionStatementDataVectorTest is TestBase {
    AttributionStatementHarness private _harness = new AttributionStatementHarness();

    /// @dev X by its definition, also where slots are empty.
    function testFuzz_IsPoolsThenCommitmentsThenEarnings(uint256 seed, uint256 traces, uint256 slots, uint256 count)
        public
        view
    {
        traces = bound(traces, 1, 20);
        slots = bound(slots, 1, 20);
        count = bound(count, 0, traces);
        (AttributionStatement.Leaves memory leaves, uint256[] memory earnings) = _canonical(seed, count, slots);
        uint256[] memory x = _harness.dataVector(leaves, earnings, traces, slots);

        vm.assertEq(x.length, 3 * traces + slots);
        for (uint256 i = 0; i < traces; ++i) {
            vm.assertEq(x[i], i < count ? leaves.pools[i] : 0);
            vm.assertEq(x[traces + i], i < count ? leaves.inputCommitments[i] : 0);
            vm.assertEq(x[2 * traces + i], i < count ? leaves.outputCommitments[i] : 0);
        }
        for (uint256 slot = 0; slot < slots; ++slot) {
            vm.assertEq(x[3 * traces + slot], earnings[slot]);
        }
    }

    function test_AcceptsTheLargestEntries() public view {
        (AttributionStatement.Leaves memory leaves, uint256[] memory earnings) = _canonical(1, 2, 3);
        (leaves.pools[1], leaves.inputCommitments[1], leaves.outputCommitments[1]) =
        (2 ** 96 - 1, Bn254.R - 1, Bn254.R - 1);
        (earnings[0], earnings[2]) = (0, 2 ** 181 - 1);
        _harness.dataVector(leaves, earnings, 4, 3);
    }

    function test_RevertWhen_TooManyLeaves() public {
        (AttributionStatement.Leaves memory leaves, uint256[] memory earnings) = _canonical(1, 5, 3);
        vm.expectRevert(abi.encodeWithSelector(AttributionStatement.TooManyLeaves.selector, 5, 4));
        _harness.dataVector(leaves, earnings, 4, 3);
    }

    function test_RevertWhen_LeavesLengthMismatch() public {
        (AttributionStatement.Leaves memory leaves, uint256[] memory earnings) = _canonical(1, 2, 3);
        leaves.inputCommitments = new uint256[](1);
        vm.expectRevert(abi.encodeWithSelector(AttributionStatement.LeavesLengthMismatch.selector, 2, 1, 2));
        _harness.dataVector(leaves, earnings, 4, 3);
        (leaves, earnings) = _canonical(1, 2, 3);
        leaves.outputCommitments = new uint256[](3);
        vm.expectRevert(abi.encodeWithSelector(AttributionStatement.LeavesLengthMismatch.selector, 2, 2, 3));
        _harness.dataVector(leaves, earnings, 4, 3);
    }

    function test_RevertWhen_EarningsLengthMismatch() public {
        (AttributionStatement.Leaves memory leaves, uint256[] memory earnings) = _canonical(1, 2, 2);
        vm.expectRevert(abi.encodeWithSelector(AttributionStatement.EarningsLengthMismatch.selector, 2, 3));
        _harness.dataVector(leaves, earnings, 4, 3);
    }

    function test_RevertWhen_PoolNotCanonical() public {
        (AttributionStatement.Leaves memory leaves, uint256[] memory earnings) = _canonical(1, 2, 3);
        leaves.pools[1] = 2 ** 96;
        vm.expectRevert(abi.encodeWithSelector(AttributionStatement.PoolNotCanonical.selector, 1, 2 ** 96));
        _harness.dataVector(leaves, earnings, 4, 3);
    }

    function test_RevertWhen_CommitmentNotCanonical() public {
        uint256[2] memory refused = [0, Bn254.R];
        for (uint256 i = 0; i < 2; ++i) {
            bytes memory reason =
                abi.encodeWithSelector(AttributionStatement.CommitmentNotCanonical.selector, 1, refused[i]);
            (AttributionStatement.Leaves memory leaves, uint256[] memory earnings) = _canonical(1, 2, 3);
            leaves.inputCommitments[1] = refused[i];
            vm.expectRevert(reason);
            _harness.dataVector(leaves, earnings, 4, 3);
            (leaves, earnings) = _canonical(1, 2, 3);
            leaves.outputCommitments[1] = refused[i];
            vm.expectRevert(reason);
            _harness.dataVector(leaves, earnings, 4, 3);
        }
    }

    /// @dev Lists are checked four values at a time: wherever the bad one stands, and whatever the length leaves over, it is named.
    function test_RevertWhen_AnyEntryOfALongListIsNotCanonical() public {
        for (uint256 count = 4; count <= 9; ++count) {
            for (uint256 position = 0; position < count; ++position) {
                (AttributionStatement.Leaves memory leaves, uint256[] memory earnings) = _canonical(1, count, count);
                earnings[position] = 2 ** 181;
                vm.expectRevert(
                    abi.encodeWithSelector(AttributionStatement.EarningNotCanonical.selector, position, 2 ** 181)
                );
                _harness.dataVector(leaves, earnings, 9, count);

                (leaves, earnings) = _canonical(1, count, count);
                leaves.pools[position] = type(uint256).max;
                vm.expectRevert(
                    abi.encodeWithSelector(AttributionStatement.PoolNotCanonical.selector, position, type(uint256).max)
                );
                _harness.dataVector(leaves, earnings, 9, count);

                (leaves, earnings) = _canonical(1, count, count);
                leaves.outputCommitments[position] = 0;
                vm.expectRevert(
                    abi.encodeWithSelector(AttributionStatement.CommitmentNotCanonical.selector, position, 0)
                );
                _harness.dataVector(leaves, earnings, 9, count);
            }
        }
    }

    /// @dev The lowest and the highest bit that a pool may not have, in each of four values that are checked at once.
    function test_RevertWhen_APoolHasOneBitTooHigh() public {
        uint256[2] memory refused = [uint256(2 ** 96), 2 ** 255];
        for (uint256 position = 0; position < 4; ++position) {
            for (uint256 i = 0; i < 2; ++i) {
                (AttributionStatement.Leaves memory leaves, uint256[] memory earnings) = _canonical(1, 4, 3);
                leaves.pools = new uint256[](4);
                leaves.pools[position] = refused[i];
                vm.expectRevert(
                    abi.encodeWithSelector(AttributionStatement.PoolNotCanonical.selector, position, refused[i])
                );
                _harness.dataVector(leaves, earnings, 4, 3);
            }
        }
    }

    function test_RevertWhen_EarningNotCanonical() public {
        (AttributionStatement.Leaves memory leaves, uint256[] memory earnings) = _canonical(1, 2, 3);
        earnings[2] = 2 ** 181;
        vm.expectRevert(abi.encodeWithSelector(AttributionStatement.EarningNotCanonical.selector, 2, 2 ** 181));
        _harness.dataVector(leaves, earnings, 4, 3);
        // The same field element in another dress.
        earnings[2] = 5 + Bn254.R;
        vm.expectRevert(abi.encodeWithSelector(AttributionStatement.EarningNotCanonical.selector, 2, 5 + Bn254.R));
        _harness.dataVector(leaves, earnings, 4, 3);
    }

    function testFuzz_DecodeEarning(int256 earning) public view {
        earning = int256(bound(uint256(earning), 0, 2 ** 181 - 1)) - 2 ** 180;
        vm.assertEq(_harness.decodeEarning(uint256(earning + 2 ** 180), 0), earning);
    }

    function test_RevertWhen_DecodedEarningNotCanonical() public {
        vm.expectRevert(abi.encodeWithSelector(AttributionStatement.EarningNotCanonical.selector, 7, 2 ** 181));
        _harness.decodeEarning(2 ** 181, 7);
    }

    /// @dev floor(e / 2^64), by division that is corrected where it rounded a negative number up.
    function testFuzz_EarningRoundsDown(int256 earning) public pure {
        earning = int256(bound(uint256(earning), 0, 2 ** 181 - 1)) - 2 ** 180;
        int256 expected = earning / 2 ** 64;
        if (earning < 0 && earning % 2 ** 64 != 0) expected -= 1;
        vm.assertEq(AttributionStatement.earningWeiRoundedDown(earning), expected);
    }

    function test_EarningRoundsDownByHand() public pure {
        vm.assertEq(AttributionStatement.earningWeiRoundedDown(2 ** 64 - 1), 0);
        vm.assertEq(AttributionStatement.earningWeiRoundedDown(2 ** 64), 1);
        vm.assertEq(AttributionStatement.earningWeiRoundedDown(-1), -1);
        vm.assertEq(AttributionStatement.earningWeiRoundedDown(-(2 ** 64)), -1);
        vm.assertEq(AttributionStatement.earningWeiRoundedDown(-(2 ** 64) - 1), -2);
    }

    function _canonical(uint256 seed, uint256 count, uint256 slots)
        private
        pure
        returns (AttributionStatement.Leaves memory leaves, uint256[] memory earnings)
    {
        leaves.requestIds = new uint256[](count);
        leaves.pools = new uint256[](count);
        leaves.inputCommitments = new uint256[](count);
        leaves.outputCommitments = new uint256[](count);
        for (uint256 i = 0; i < count; ++i) {
            leaves.requestIds[i] = i + 1;
            leaves.pools[i] = uint256(keccak256(abi.encode(seed, "pool", i))) >> 160;
            leaves.inputCommitments[i] = uint256(keccak256(abi.encode(seed, "input", i))) >> 8;
            leaves.outputCommitments[i] = uint256(keccak256(abi.encode(seed, "output", i))) >> 8;
        }
        earnings = new uint256[](slots);
        for (uint256 slot = 0; slot < slots; ++slot) {
            earnings[slot] = uint256(keccak256(abi.encode(seed, "earning", slot))) >> 75;
        }
    }
}
