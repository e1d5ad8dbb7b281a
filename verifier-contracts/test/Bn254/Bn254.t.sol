// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {Bn254} from "../../src/Bn254.sol";
import {TestBase} from "../base/TestBase.sol";
import {VerificationKeys} from "../base/VerificationKeys.sol";

/// @dev Comparisons coordinate by coordinate. No two points of the subgroup are known that share only one of them, so the
/// registry alone cannot show that all are looked at.
contract Bn254Test is TestBase {
    function test_EqualUpToSignLooksAtBothCoordinatesOfX() public view {
        uint256[2][2] memory p = [[uint256(1), 2], [uint256(3), 4]];
        vm.assertTrue(this.isEqualUpToSign(p, [[uint256(1), 2], [uint256(5), 6]]));
        vm.assertFalse(this.isEqualUpToSign(p, [[uint256(1), 5], [uint256(3), 4]]));
        vm.assertFalse(this.isEqualUpToSign(p, [[uint256(5), 2], [uint256(3), 4]]));
    }

    function test_EqualYLooksAtBothCoordinatesOfY() public view {
        uint256[2][2] memory p = [[uint256(1), 2], [uint256(3), 4]];
        vm.assertTrue(this.hasEqualY(p, [[uint256(5), 6], [uint256(3), 4]]));
        vm.assertFalse(this.hasEqualY(p, [[uint256(1), 2], [uint256(3), 5]]));
        vm.assertFalse(this.hasEqualY(p, [[uint256(1), 2], [uint256(5), 4]]));
    }

    function test_TheGeneratorIsKnownByEachCoordinate() public view {
        uint256[2][2] memory generator = VerificationKeys.g2Multiples()[0];
        vm.assertTrue(this.isGeneratorUpToSign(generator));
        vm.assertTrue(this.hasGeneratorY(generator));
        for (uint256 column = 0; column < 2; ++column) {
            uint256[2][2] memory other = VerificationKeys.g2Multiples()[0];
            ++other[0][column];
            vm.assertFalse(this.isGeneratorUpToSign(other));
            vm.assertTrue(this.hasGeneratorY(other));
            --other[0][column];
            ++other[1][column];
            vm.assertTrue(this.isGeneratorUpToSign(other));
            vm.assertFalse(this.hasGeneratorY(other));
        }
    }

    function isEqualUpToSign(uint256[2][2] calldata p, uint256[2][2] calldata q) external pure returns (bool) {
        return Bn254.isEqualUpToSign(p, q);
    }

    function hasEqualY(uint256[2][2] calldata p, uint256[2][2] calldata q) external pure returns (bool) {
        return Bn254.hasEqualY(p, q);
    }

    function isGeneratorUpToSign(uint256[2][2] calldata p) external pure returns (bool) {
        return Bn254.isGeneratorUpToSign(p);
    }

    function hasGeneratorY(uint256[2][2] calldata p) external pure returns (bool) {
        return Bn254.hasGeneratorY(p);
    }
}
