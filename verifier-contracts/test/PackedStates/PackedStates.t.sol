// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {PackedStates} from "../../src/PackedStates.sol";
import {TestBase} from "../base/TestBase.sol";

contract PackedStatesTest is TestBase {
    using PackedStates for mapping(uint256 => uint256);

    /// @dev In the first slot of storage, which only a stray write would change.
    uint256 private _untouched = 7;
    mapping(uint256 => uint256) private _words;
    mapping(uint256 requestId => uint256) private _expected;

    function test_IsZeroUntilMoved() public view {
        vm.assertEq(_words.stateOf(0), 0);
        vm.assertEq(_words.stateOf(type(uint256).max), 0);
    }

    /// @dev Whatever is written, every neighbour keeps its state: against one mapping entry a request.
    function testFuzz_SetIsIndependent(uint8[32] memory requestIds, uint8[32] memory states) public {
        for (uint256 i = 0; i < 32; ++i) {
            _words.set(requestIds[i], states[i] % 4);
            _expected[requestIds[i]] = states[i] % 4;
        }
        _expectStates();
    }

    /// @dev Lists in any order, across words, with requests in other states and requests that stand twice.
    function testFuzz_MoveIsAWalk(uint8[24] memory preset, uint8[12] memory requestIds, uint8 from, uint8 to) public {
        (from, to) = (from % 4, to % 4);
        for (uint256 i = 0; i < 24; ++i) {
            _words.set(preset[i], preset[i] % 4);
            _expected[preset[i]] = preset[i] % 4;
        }
        uint256[] memory list = new uint256[](12);
        for (uint256 i = 0; i < 12; ++i) {
            list[i] = requestIds[i];
        }
        uint256 expectedPosition = 0;
        while (expectedPosition < 12 && _expected[list[expectedPosition]] == from) {
            _expected[list[expectedPosition++]] = to;
        }

        vm.assertEq(this.move(list, from, to), expectedPosition);
        _expectStates();
    }

    function test_MovesAWholeBatchAcrossWords() public {
        uint256[] memory list = new uint256[](255);
        for (uint256 i = 0; i < 255; ++i) {
            list[i] = 100 + i;
            _expected[100 + i] = 1;
        }
        vm.assertEq(this.move(list, 0, 1), 255);
        _expectStates();
        vm.assertEq(_words.stateOf(355), 0);
    }

    /// @dev The index of the first one's word is 128 times the id of the second.
    function test_MovesRequestsFarApart() public {
        uint256[] memory list = new uint256[](2);
        (list[0], list[1]) = (2 ** 14, 1);
        vm.assertEq(this.move(list, 0, 1), 2);
        vm.assertEq(_words.stateOf(2 ** 14), 1);
        vm.assertEq(_words.stateOf(1), 1);
        vm.assertEq(_words.stateOf(2 ** 14 + 1), 0);
    }

    function test_StopsAtTheSecondOfARepeatedRequest() public {
        uint256[] memory list = new uint256[](3);
        (list[0], list[1], list[2]) = (7, 200, 7);
        vm.assertEq(this.move(list, 0, 1), 2);
        vm.assertEq(_words.stateOf(7), 1);
        vm.assertEq(_words.stateOf(200), 1);
    }

    function test_MovesNothingOfAnEmptyList() public {
        vm.assertEq(this.move(new uint256[](0), 0, 1), 0);
        vm.assertEq(_words.stateOf(0), 0);
        vm.assertEq(_untouched, 7);
    }

    /// @dev The largest id: no arithmetic of ids overflows.
    function test_MovesTheLargestId() public {
        uint256[] memory list = new uint256[](1);
        list[0] = type(uint256).max;
        vm.assertEq(this.move(list, 0, 3), 1);
        vm.assertEq(_words.stateOf(type(uint256).max), 3);
        vm.assertEq(_words.stateOf(type(uint256).max - 1), 0);
    }

    function move(uint256[] calldata requestIds, uint256 from, uint256 to) external returns (uint256) {
        return _words.move(requestIds, from, to);
    }

    function _expectStates() private view {
        for (uint256 requestId = 0; requestId < 256; ++requestId) {
            vm.assertEq(_words.stateOf(requestId), _expected[requestId]);
        }
    }
}
