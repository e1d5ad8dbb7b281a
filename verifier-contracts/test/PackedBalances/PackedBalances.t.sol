// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {PackedBalances} from "../../src/PackedBalances.sol";
import {TestBase} from "../base/TestBase.sol";

contract PackedBalancesTest is TestBase {
    using PackedBalances for mapping(uint256 => uint256);

    mapping(uint256 => uint256) private _words;

    function testFuzz_UnpackInvertsPack(int128 low, int128 high) public pure {
        (int128 unpackedLow, int128 unpackedHigh) = PackedBalances.unpack(PackedBalances.pack(low, high));
        vm.assertEq(unpackedLow, low);
        vm.assertEq(unpackedHigh, high);
    }

    function testFuzz_PackInvertsUnpack(uint256 word) public pure {
        (int128 low, int128 high) = PackedBalances.unpack(word);
        vm.assertEq(PackedBalances.pack(low, high), word);
    }

    /// @dev A negative balance does not leak into its neighbour, whichever order they come in.
    function testFuzz_NeighboursAreIndependent(int120[8] memory amounts) public {
        for (uint256 i = 0; i < 8; i += 2) {
            _words.addToWord(i % 4 / 2, amounts[i], amounts[i + 1]);
        }
        for (uint256 slot = 0; slot < 4; ++slot) {
            vm.assertEq(_words.balanceOf(slot), int256(amounts[slot]) + amounts[slot + 4]);
        }
    }

    function test_Extremes() public {
        _words.addToWord(0, type(int128).min, type(int128).max);
        vm.assertEq(_words.balanceOf(0), type(int128).min);
        vm.assertEq(_words.balanceOf(1), type(int128).max);
    }

    function test_RevertWhen_Overflow() public {
        _words.addToWord(0, type(int128).min, type(int128).max);
        bytes memory overflow = abi.encodeWithSignature("Panic(uint256)", 0x11);
        vm.expectRevert(overflow);
        this.add(0, 1);
        vm.expectRevert(overflow);
        this.add(-1, 0);
    }

    function add(int128 low, int128 high) external {
        _words.addToWord(0, low, high);
    }
}
