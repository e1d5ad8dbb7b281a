// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

/// @title Points of the curve BN254, as far as a registry must look at them
/// @notice G2 points are in EVM order: [[x imaginary, x real], [y imaginary, y real]]. (0, 0) is the point at infinity.
library Bn254 {
    /// @notice Order of G1, G2 and of the scalar field.
    uint256 internal constant R = 21888242871839275222246405745257275088548364400416034343698204186575808495617;
    /// @notice Order of the base field, in which coordinates live.
    uint256 internal constant Q = 21888242871839275222246405745257275088696311157297823662689037894645226208583;

    /// @dev 3 / (9 + i), the constant of the twist y^2 = x^3 + 3 / (9 + i).
    uint256 private constant TWIST_B_IMAGINARY =
        266929791119991161246907387137283842545076965332900288569378510910307636690;
    uint256 private constant TWIST_B_REAL =
        19485874751759354771024239261021720505790618469301721065564631296452457478373;

    /// @dev The generator of G2 of EIP-197.
    uint256 private constant GENERATOR_X_IMAGINARY =
        11559732032986387107991004021392285783925812861821192530917403151452391805634;
    uint256 private constant GENERATOR_X_REAL =
        10857046999023057135944570762232829481370756359578518086990519993285655852781;
    uint256 private constant GENERATOR_Y_IMAGINARY =
        4082367875863433681332203403145435568316851327593401208105741076214120093531;
    uint256 private constant GENERATOR_Y_REAL =
        8495653923123431417604973247489272438418190587263600148770280649306958101930;

    /// @dev EIP-197 pairing check.
    address private constant PAIRING_PRECOMPILE = address(8);
    /// @dev One pair costs 79,000 (EIP-1108). On refusal the precompile takes all the gas it was given, so it gets little.
    uint256 private constant PAIRING_GAS = 500_000;

    /// @notice Which point of a key an error is about. `Ic` points are counted by `index`, the others have index 0.
    enum KeyPoint {
        Alpha,
        Beta,
        Gamma,
        Delta,
        Ic
    }

    /// @notice A coordinate is not below q.
    error CoordinateNotCanonical(KeyPoint point, uint256 index, uint256 coordinate);
    /// @notice The point is the point at infinity.
    error PointAtInfinity(KeyPoint point, uint256 index);
    /// @notice The coordinates do not satisfy the curve's equation.
    error PointOffCurve(KeyPoint point, uint256 index);
    /// @notice The point is on the twist but not in the subgroup of order r.
    error PointOutsideSubgroup(KeyPoint point, uint256 index);

    /// @notice Reverts unless `p` is a point of G1 other than infinity. G1 is the whole curve: there is no subgroup to leave.
    function requireG1(uint256[2] calldata p, KeyPoint point, uint256 index) internal pure {
        _requireCanonical(p[0], point, index);
        _requireCanonical(p[1], point, index);
        if (p[0] == 0 && p[1] == 0) revert PointAtInfinity(point, index);
        uint256 right = addmod(mulmod(mulmod(p[0], p[0], Q), p[0], Q), 3, Q);
        if (mulmod(p[1], p[1], Q) != right) revert PointOffCurve(point, index);
    }

    /// @notice Reverts unless `p` is a point of G2 other than infinity.
    function requireG2(uint256[2][2] calldata p, KeyPoint point) internal view {
        for (uint256 i = 0; i < 2; ++i) {
            _requireCanonical(p[i][0], point, 0);
            _requireCanonical(p[i][1], point, 0);
        }
        if (p[0][0] == 0 && p[0][1] == 0 && p[1][0] == 0 && p[1][1] == 0) revert PointAtInfinity(point, 0);
        if (!_isOnTwist(p)) revert PointOffCurve(point, 0);
        if (!_isInSubgroup(p)) revert PointOutsideSubgroup(point, 0);
    }

    /// @notice Whether two points of G2 are the same up to sign: they have the same x.
    function isEqualUpToSign(uint256[2][2] calldata p, uint256[2][2] calldata q) internal pure returns (bool) {
        return p[0][0] == q[0][0] && p[0][1] == q[0][1];
    }

    /// @notice Whether a point of G2 is the generator up to sign.
    function isGeneratorUpToSign(uint256[2][2] calldata p) internal pure returns (bool) {
        return p[0][0] == GENERATOR_X_IMAGINARY && p[0][1] == GENERATOR_X_REAL;
    }

    /// @notice Whether two points of G2 have the same y.
    function hasEqualY(uint256[2][2] calldata p, uint256[2][2] calldata q) internal pure returns (bool) {
        return p[1][0] == q[1][0] && p[1][1] == q[1][1];
    }

    /// @notice Whether a point of G2 has the generator's y.
    function hasGeneratorY(uint256[2][2] calldata p) internal pure returns (bool) {
        return p[1][0] == GENERATOR_Y_IMAGINARY && p[1][1] == GENERATOR_Y_REAL;
    }

    function _requireCanonical(uint256 coordinate, KeyPoint point, uint256 index) private pure {
        if (coordinate >= Q) revert CoordinateNotCanonical(point, index, coordinate);
    }

    /// @dev y^2 = x^3 + b in Fq[i] / (i^2 + 1). Coordinates are canonical, so Q - coordinate does not underflow.
    function _isOnTwist(uint256[2][2] calldata p) private pure returns (bool) {
        (uint256 xImaginary, uint256 xReal) = (p[0][0], p[0][1]);
        (uint256 cubeReal, uint256 cubeImaginary) = _square(xReal, xImaginary);
        (cubeReal, cubeImaginary) =
        (
            addmod(mulmod(cubeReal, xReal, Q), Q - mulmod(cubeImaginary, xImaginary, Q), Q),
            addmod(mulmod(cubeReal, xImaginary, Q), mulmod(cubeImaginary, xReal, Q), Q)
        );
        (uint256 leftReal, uint256 leftImaginary) = _square(p[1][1], p[1][0]);
        return
            leftReal == addmod(cubeReal, TWIST_B_REAL, Q)
                && leftImaginary == addmod(cubeImaginary, TWIST_B_IMAGINARY, Q);
    }

    function _square(uint256 real, uint256 imaginary) private pure returns (uint256, uint256) {
        return (
            mulmod(addmod(real, imaginary, Q), addmod(real, Q - imaginary, Q), Q),
            mulmod(2, mulmod(real, imaginary, Q), Q)
        );
    }

    /// @dev The pairing precompile refuses G2 points outside the subgroup (EIP-197), also when the G1 point beside it is
    /// infinity; the product is then 1.
    function _isInSubgroup(uint256[2][2] calldata p) private view returns (bool) {
        (bool isAccepted,) = PAIRING_PRECOMPILE.staticcall{gas: PAIRING_GAS}(abi.encode(uint256(0), uint256(0), p));
        return isAccepted;
    }
}
