// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {Bn254} from "../../src/Bn254.sol";
import {IGroth16Verifier} from "../../src/interfaces/IGroth16Verifier.sol";
import {IVerifierRegistry} from "../../src/interfaces/IVerifierRegistry.sol";
import {SettlementTest} from "../base/SettlementTest.sol";
import {VerificationKeys} from "../base/VerificationKeys.sol";

contract VerifierRegistryRegisterTest is SettlementTest {
    uint256 private constant Q = VerificationKeys.Q;

    function test_Registers() public {
        IVerifierRegistry.VerificationKey memory key = otherKey();
        bytes32 keyHash = keccak256(abi.encode(key.alpha, key.beta, key.gamma, key.delta, key.ic));
        bytes32 codehash = address(verifier).codehash;

        vm.expectEmit(address(verifierRegistry));
        emit IVerifierRegistry.CircuitRegistered(bytes4(keyHash), keyHash, verifier, codehash, 4, 3);
        bytes4 id = registerCircuit(key);

        IVerifierRegistry.Circuit memory circuit = verifierRegistry.circuitOf(id);
        vm.assertTrue(id == bytes4(keyHash));
        vm.assertEq(circuit.keyHash, keyHash);
        vm.assertEq(address(circuit.verifier), address(verifier));
        vm.assertEq(circuit.verifierCodehash, codehash);
        vm.assertEq(circuit.traces, 4);
        vm.assertEq(circuit.contributors, 3);
        vm.assertFalse(circuit.isRetired);
    }

    function test_AcceptsTheBoundsThemselves() public {
        vm.startPrank(governor);
        verifierRegistry.register(otherKey(), verifier, 255, 64);
        IVerifierRegistry.VerificationKey memory key = otherKey();
        key.ic[0] = VerificationKeys.g1Multiples()[7];
        verifierRegistry.register(key, verifier, 1, 1);
        vm.stopPrank();
    }

    function test_AcceptsDevKeysOnLocalChainsOnly() public {
        IVerifierRegistry.VerificationKey memory key = otherKey();
        key.beta = VerificationKeys.g2Multiples()[0];
        key.gamma = VerificationKeys.g2Multiples()[2];
        // Some that carry money or are mistaken for harmless, testnets among them; a fuzzer would hardly draw one.
        uint256[14] memory publicChains =
            [uint256(1), 5, 10, 56, 100, 137, 1336, 8453, 17000, 31336, 31338, 42161, 84532, 11155111];
        for (uint256 i = 0; i < publicChains.length; ++i) {
            vm.chainId(publicChains[i]);
            vm.expectRevert(abi.encodeWithSelector(IVerifierRegistry.KeyIsNotFromCeremony.selector, publicChains[i]));
            vm.prank(governor);
            verifierRegistry.register(key, verifier, 4, 3);
        }
        vm.chainId(31337);
        registerCircuit(key);
        vm.chainId(1337);
        key.ic[0] = VerificationKeys.g1Multiples()[7];
        registerCircuit(key);
    }

    function testFuzz_RevertWhen_DevKeyOnAnyOtherChain(uint64 chainId) public {
        vm.assume(chainId != 31337 && chainId != 1337 && chainId != 0);
        IVerifierRegistry.VerificationKey memory key = otherKey();
        key.beta = VerificationKeys.g2Multiples()[0];
        key.gamma = VerificationKeys.g2Multiples()[2];
        vm.chainId(chainId);
        vm.expectRevert(abi.encodeWithSelector(IVerifierRegistry.KeyIsNotFromCeremony.selector, uint256(chainId)));
        vm.prank(governor);
        verifierRegistry.register(key, verifier, 4, 3);
    }

    function test_AcceptsCeremonyKeysOnPublicChains() public {
        vm.chainId(1);
        registerCircuit(otherKey());
    }

    function test_RevertWhen_BetaIsGammaOrDelta() public {
        for (uint256 isNegated = 0; isNegated < 2; ++isNegated) {
            for (uint256 isDelta = 0; isDelta < 2; ++isDelta) {
                IVerifierRegistry.VerificationKey memory key = otherKey();
                uint256[2][2] memory twin = isDelta == 1 ? key.delta : key.gamma;
                key.beta = twin;
                if (isNegated == 1) key.beta[1] = [Q - twin[1][0], Q - twin[1][1]];
                vm.expectRevert(
                    isDelta == 1 ? IVerifierRegistry.KeyBetaIsDelta.selector : IVerifierRegistry.KeyBetaIsGamma.selector
                );
                vm.prank(governor);
                verifierRegistry.register(key, verifier, 4, 3);
            }
        }
    }

    function test_RevertWhen_IcIsOpposite() public {
        IVerifierRegistry.VerificationKey memory key = otherKey();
        key.ic[5] = [key.ic[2][0], Q - key.ic[2][1]];
        vm.expectRevert(abi.encodeWithSelector(IVerifierRegistry.KeyIcRepeated.selector, 5, 2));
        vm.prank(governor);
        verifierRegistry.register(key, verifier, 4, 3);
    }

    function test_RevertWhen_GammaIsMinusTheGenerator() public {
        IVerifierRegistry.VerificationKey memory key = otherKey();
        key.gamma = VerificationKeys.g2Multiples()[0];
        key.gamma[1] = [Q - key.gamma[1][0], Q - key.gamma[1][1]];
        vm.chainId(1);
        vm.expectRevert(abi.encodeWithSelector(IVerifierRegistry.KeyIsNotFromCeremony.selector, 1));
        vm.prank(governor);
        verifierRegistry.register(key, verifier, 4, 3);
    }

    /// @dev The curve has a point of the same y for each cube root of unity, and all of them are in the subgroup.
    function test_RevertWhen_GammaHasOnlyTheGeneratorsY() public {
        uint256 root = 2203960485148121921418603742825762020974279258880205651966;
        IVerifierRegistry.VerificationKey memory key = otherKey();
        key.gamma[0] = [mulmod(key.gamma[0][0], root, Q), mulmod(key.gamma[0][1], root, Q)];
        vm.chainId(1);
        _expectRefusal(key, abi.encodeWithSelector(IVerifierRegistry.KeyIsNotFromCeremony.selector, 1));
    }

    function test_RevertWhen_NotOwner() public {
        vm.expectRevert(abi.encodeWithSelector(Ownable.OwnableUnauthorizedAccount.selector, stranger));
        vm.prank(stranger);
        verifierRegistry.register(otherKey(), verifier, 4, 3);
    }

    function test_RevertWhen_ShapeOutOfRange() public {
        vm.startPrank(governor);
        vm.expectRevert(abi.encodeWithSelector(IVerifierRegistry.TracesOutOfRange.selector, 0, 1, 255));
        verifierRegistry.register(otherKey(), verifier, 0, 3);
        vm.expectRevert(abi.encodeWithSelector(IVerifierRegistry.TracesOutOfRange.selector, 256, 1, 255));
        verifierRegistry.register(otherKey(), verifier, 256, 3);
        vm.expectRevert(abi.encodeWithSelector(IVerifierRegistry.ContributorsOutOfRange.selector, 0, 1, 64));
        verifierRegistry.register(otherKey(), verifier, 4, 0);
        vm.expectRevert(abi.encodeWithSelector(IVerifierRegistry.ContributorsOutOfRange.selector, 65, 1, 64));
        verifierRegistry.register(otherKey(), verifier, 4, 65);
        vm.stopPrank();
    }

    function test_RevertWhen_VerifierHasNoCode() public {
        vm.expectRevert(abi.encodeWithSelector(IVerifierRegistry.VerifierHasNoCode.selector, stranger));
        vm.prank(governor);
        verifierRegistry.register(otherKey(), IGroth16Verifier(stranger), 4, 3);
    }

    function test_RevertWhen_CircuitIdTaken() public {
        _expectRefusal(
            VerificationKeys.sample(), abi.encodeWithSelector(IVerifierRegistry.CircuitIdTaken.selector, circuitId)
        );
    }

    function test_RevertWhen_CircuitIdIsATombstone() public {
        vm.prank(governor);
        verifierRegistry.retire(circuitId);
        _expectRefusal(
            VerificationKeys.sample(), abi.encodeWithSelector(IVerifierRegistry.CircuitIdTaken.selector, circuitId)
        );
    }

    function test_RevertWhen_IcLengthIsNotSeven() public {
        IVerifierRegistry.VerificationKey memory key = otherKey();
        uint256[2][] memory ic = key.ic;
        key.ic = new uint256[2][](6);
        for (uint256 i = 0; i < 6; ++i) {
            key.ic[i] = ic[i];
        }
        _expectRefusal(key, abi.encodeWithSelector(IVerifierRegistry.KeyIcLengthMismatch.selector, 6, 7));

        key.ic = new uint256[2][](8);
        for (uint256 i = 0; i < 8; ++i) {
            key.ic[i] = VerificationKeys.g1Multiples()[i];
        }
        _expectRefusal(key, abi.encodeWithSelector(IVerifierRegistry.KeyIcLengthMismatch.selector, 8, 7));
    }

    function test_RevertWhen_DeltaIsGamma() public {
        IVerifierRegistry.VerificationKey memory key = otherKey();
        key.delta = key.gamma;
        _expectRefusal(key, abi.encodeWithSelector(IVerifierRegistry.KeyDeltaIsGamma.selector, false));
        key.delta = VerificationKeys.negated(key.gamma);
        _expectRefusal(key, abi.encodeWithSelector(IVerifierRegistry.KeyDeltaIsGamma.selector, true));
    }

    function test_RevertWhen_DeltaIsGenerator() public {
        IVerifierRegistry.VerificationKey memory key = otherKey();
        key.gamma = VerificationKeys.g2Multiples()[1];
        key.delta = VerificationKeys.g2Multiples()[0];
        _expectRefusal(key, abi.encodeWithSelector(IVerifierRegistry.KeyDeltaIsGenerator.selector, false));
        key.delta = VerificationKeys.negated(key.delta);
        _expectRefusal(key, abi.encodeWithSelector(IVerifierRegistry.KeyDeltaIsGenerator.selector, true));
    }

    function test_RevertWhen_IcRepeated() public {
        for (uint256 i = 1; i < 7; ++i) {
            IVerifierRegistry.VerificationKey memory key = otherKey();
            key.ic[i] = key.ic[i - 1];
            _expectRefusal(key, abi.encodeWithSelector(IVerifierRegistry.KeyIcRepeated.selector, i, i - 1));
        }
    }

    function test_RevertWhen_PointAtInfinity() public {
        IVerifierRegistry.VerificationKey memory key = otherKey();
        key.alpha = [uint256(0), 0];
        _expectRefusal(key, _infinity(Bn254.KeyPoint.Alpha, 0));
        key = otherKey();
        key.beta = [[uint256(0), 0], [uint256(0), 0]];
        _expectRefusal(key, _infinity(Bn254.KeyPoint.Beta, 0));
        key = otherKey();
        key.gamma = [[uint256(0), 0], [uint256(0), 0]];
        _expectRefusal(key, _infinity(Bn254.KeyPoint.Gamma, 0));
        key = otherKey();
        key.delta = [[uint256(0), 0], [uint256(0), 0]];
        _expectRefusal(key, _infinity(Bn254.KeyPoint.Delta, 0));
        for (uint256 i = 0; i < 7; ++i) {
            key = otherKey();
            key.ic[i] = [uint256(0), 0];
            _expectRefusal(key, _infinity(Bn254.KeyPoint.Ic, i));
        }
    }

    function test_RevertWhen_PointOffCurve() public {
        IVerifierRegistry.VerificationKey memory key = otherKey();
        key.alpha[1] = addmod(key.alpha[1], 1, Q);
        _expectRefusal(key, _offCurve(Bn254.KeyPoint.Alpha, 0));
        // One of the two coordinates zero is not infinity.
        key.alpha = [uint256(0), 1];
        _expectRefusal(key, _offCurve(Bn254.KeyPoint.Alpha, 0));
        key.alpha = [uint256(1), 0];
        _expectRefusal(key, _offCurve(Bn254.KeyPoint.Alpha, 0));
        for (uint256 i = 0; i < 7; ++i) {
            key = otherKey();
            key.ic[i][0] = addmod(key.ic[i][0], 1, Q);
            _expectRefusal(key, _offCurve(Bn254.KeyPoint.Ic, i));
        }
        for (uint256 coordinate = 0; coordinate < 4; ++coordinate) {
            (uint256 row, uint256 column) = (coordinate / 2, coordinate % 2);
            key = otherKey();
            key.beta = [[uint256(0), 0], [uint256(0), 0]];
            key.beta[row][column] = 1;
            _expectRefusal(key, _offCurve(Bn254.KeyPoint.Beta, 0));
            key = otherKey();
            key.beta[row][column] = addmod(key.beta[row][column], 1, Q);
            _expectRefusal(key, _offCurve(Bn254.KeyPoint.Beta, 0));
            key = otherKey();
            key.gamma[row][column] = addmod(key.gamma[row][column], 1, Q);
            _expectRefusal(key, _offCurve(Bn254.KeyPoint.Gamma, 0));
            key = otherKey();
            key.delta[row][column] = addmod(key.delta[row][column], 1, Q);
            _expectRefusal(key, _offCurve(Bn254.KeyPoint.Delta, 0));
        }
    }

    /// @dev The conjugate of y has a square of the same real part, y with its parts swapped one of the same imaginary part.
    function test_RevertWhen_OnlyOnePartOfTheEquationHolds() public {
        IVerifierRegistry.VerificationKey memory key = otherKey();
        key.beta = VerificationKeys.outsideSubgroup();
        (uint256 imaginary, uint256 real) = (key.beta[1][0], key.beta[1][1]);
        key.beta[1] = [Q - imaginary, real];
        _expectRefusal(key, _offCurve(Bn254.KeyPoint.Beta, 0));
        key.beta[1] = [real, imaginary];
        _expectRefusal(key, _offCurve(Bn254.KeyPoint.Beta, 0));
    }

    /// @dev G2 in the order of snarkjs's JSON (real part first) is not what the chain takes.
    function test_RevertWhen_G2IsInJsonOrder() public {
        IVerifierRegistry.VerificationKey memory key = otherKey();
        uint256[2][2] memory beta = key.beta;
        key.beta = [[beta[0][1], beta[0][0]], [beta[1][1], beta[1][0]]];
        _expectRefusal(key, _offCurve(Bn254.KeyPoint.Beta, 0));
    }

    function test_RevertWhen_PointOutsideSubgroup() public {
        IVerifierRegistry.VerificationKey memory key = otherKey();
        key.beta = VerificationKeys.outsideSubgroup();
        _expectRefusal(key, _outside(Bn254.KeyPoint.Beta));
        key = otherKey();
        key.gamma = VerificationKeys.outsideSubgroup();
        _expectRefusal(key, _outside(Bn254.KeyPoint.Gamma));
        key = otherKey();
        key.delta = VerificationKeys.outsideSubgroup();
        _expectRefusal(key, _outside(Bn254.KeyPoint.Delta));
    }

    function test_RevertWhen_CoordinateNotCanonical() public {
        IVerifierRegistry.VerificationKey memory key = otherKey();
        key.alpha[0] = Q;
        _expectRefusal(key, _notCanonical(Bn254.KeyPoint.Alpha, 0, Q));
        for (uint256 coordinate = 0; coordinate < 2; ++coordinate) {
            key = otherKey();
            key.alpha[coordinate] += Q;
            _expectRefusal(key, _notCanonical(Bn254.KeyPoint.Alpha, 0, key.alpha[coordinate]));
            for (uint256 i = 0; i < 7; ++i) {
                key = otherKey();
                key.ic[i][coordinate] += Q;
                _expectRefusal(key, _notCanonical(Bn254.KeyPoint.Ic, i, key.ic[i][coordinate]));
            }
        }
        for (uint256 coordinate = 0; coordinate < 4; ++coordinate) {
            (uint256 row, uint256 column) = (coordinate / 2, coordinate % 2);
            key = otherKey();
            key.beta[row][column] += Q;
            _expectRefusal(key, _notCanonical(Bn254.KeyPoint.Beta, 0, key.beta[row][column]));
            key = otherKey();
            key.gamma[row][column] += Q;
            _expectRefusal(key, _notCanonical(Bn254.KeyPoint.Gamma, 0, key.gamma[row][column]));
            key = otherKey();
            key.delta[row][column] += Q;
            _expectRefusal(key, _notCanonical(Bn254.KeyPoint.Delta, 0, key.delta[row][column]));
        }
    }

    function _expectRefusal(IVerifierRegistry.VerificationKey memory key, bytes memory reason) private {
        vm.expectRevert(reason);
        vm.prank(governor);
        verifierRegistry.register(key, verifier, 4, 3);
    }

    function _infinity(Bn254.KeyPoint point, uint256 index) private pure returns (bytes memory) {
        return abi.encodeWithSelector(Bn254.PointAtInfinity.selector, point, index);
    }

    function _offCurve(Bn254.KeyPoint point, uint256 index) private pure returns (bytes memory) {
        return abi.encodeWithSelector(Bn254.PointOffCurve.selector, point, index);
    }

    function _outside(Bn254.KeyPoint point) private pure returns (bytes memory) {
        return abi.encodeWithSelector(Bn254.PointOutsideSubgroup.selector, point, 0);
    }

    function _notCanonical(Bn254.KeyPoint point, uint256 index, uint256 coordinate)
        private
        pure
        returns (bytes memory)
    {
        return abi.encodeWithSelector(Bn254.CoordinateNotCanonical.selector, point, index, coordinate);
    }
}
