// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {IGroth16Verifier} from "../../src/interfaces/IGroth16Verifier.sol";

/// @title A verifier that needs no prover: a proof of some public signals is their hash
/// @notice Unlike a mock that always says yes, it lets a test show that a proof holds for one statement only.
contract MockGroth16Verifier is IGroth16Verifier {
    /// @inheritdoc IGroth16Verifier
    function verifyProof(
        uint256[2] calldata a,
        uint256[2][2] calldata,
        uint256[2] calldata,
        uint256[6] calldata publicSignals
    ) external pure returns (bool) {
        return a[0] == uint256(keccak256(abi.encode(publicSignals)));
    }
}
