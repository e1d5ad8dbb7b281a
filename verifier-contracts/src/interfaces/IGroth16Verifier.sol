// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

/// @title A Groth16 verifier as snarkjs generates it
/// @notice Always called by address, never inherited: the generated assembly ends in `return`, which would end the
/// function of an inheriting caller as well.
interface IGroth16Verifier {
    /// @notice True when the pairing equation holds. False also when a coordinate or a signal is out of range, and when
    /// the call is starved of gas: nothing may be concluded from false, least of all a penalty.
    /// @param a Point A in G1.
    /// @param b Point B in G2, imaginary parts first.
    /// @param c Point C in G1.
    /// @param publicSignals The six public signals, in the order of `AttributionStatement.PublicSignals`.
    function verifyProof(
        uint256[2] calldata a,
        uint256[2][2] calldata b,
        uint256[2] calldata c,
        uint256[6] calldata publicSignals
    ) external view returns (bool);
}
