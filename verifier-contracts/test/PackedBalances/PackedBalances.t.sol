// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {PackedBalances} from "../../src/PackedBalances.sol";
import {TestBase} from "../base/TestBase.sol";

contract PackedBalancesTest is TestBase {
    using PackedBalances for mapping(uint256 => uint256);

    int256 private constant LARGEST = 2 ** 84 - 1;
    int256 private constant LOWEST = -(2 ** 84);

    mapping(uint256 => uint256) private _words;

    /// @dev A negative balance does not leak into its neighbours, whichever order they come in.
    function testFuzz_NeighboursAreIndependent(int80[12] memory amounts) public {
        for (uint256 i = 0; i < 12; i += 3) {
            _words.addToWord(i % 6 / 3, amounts[i], amounts[i + 1], amounts[i + 2]);
        }
        for (uint256 slot = 0; slot < 6; ++slot) {
            vm.assertEq(_words.balanceOf(slot), int256(amounts[slot]) + amounts[slot + 6]);
        }
    }

    function test_Extremes() public {
        _words.addToWord(0, LOWEST, LARGEST, LOWEST);
        _words.addToWord(1, LARGEST, LOWEST, LARGEST);
        for (uint256 slot = 0; slot < 6; ++slot) {
            vm.assertEq(_words.balanceOf(slot), slot % 2 == 0 ? LOWEST : LARGEST);
        }
    }

    /// @dev In each of the three places, upwards and downwards, by one and by as much as an earning can be.
    function test_RevertWhen_OutOfRange() public {
        _words.addToWord(0, LOWEST, LARGEST, LARGEST);
        _expectOutOfRange(-1, 0, 0, LOWEST - 1);
        _expectOutOfRange(0, 1, 0, LARGEST + 1);
        _expectOutOfRange(0, 0, 1, LARGEST + 1);
        _expectOutOfRange(0, 0, 2 ** 116, LARGEST + 2 ** 116);
        _expectOutOfRange(-(2 ** 116), 0, 0, LOWEST - 2 ** 116);
        // Of several the first is named.
        _expectOutOfRange(-1, 1, 1, LOWEST - 1);
        _expectOutOfRange(0, 1, 2, LARGEST + 1);
        // Nothing was written, and what fits still does.
        this.add(2 * LARGEST + 1, 2 * LOWEST + 1, 0);
        vm.assertEq(_words.balanceOf(0), LARGEST);
        vm.assertEq(_words.balanceOf(1), LOWEST);
        vm.assertEq(_words.balanceOf(2), LARGEST);
    }

    function add(int256 first, int256 second, int256 third) external {
        _words.addToWord(0, first, second, third);
    }

    function _expectOutOfRange(int256 first, int256 second, int256 third, int256 sum) private {
        vm.expectRevert(abi.encodeWithSelector(PackedBalances.BalanceOutOfRange.selector, sum));
        this.add(first, second, third);
    }
}
