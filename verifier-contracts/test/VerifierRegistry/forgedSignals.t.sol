// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {IVerifierRegistry} from "../../src/interfaces/IVerifierRegistry.sol";
import {RealProofTest} from "../base/RealProofTest.sol";

/// @dev A real proof, shown for other public signals than its own. The escrow derives the signals, so nobody can choose them there; here they
/// are chosen.
contract VerifierRegistryForgedSignalsTest is RealProofTest {
    uint256[6] private _signals;

    function setUp() public override {
        super.setUp();
        circuitId = registerCircuit(fixture.key);
        for (uint256 i = 0; i < 6; ++i) {
            _signals[i] = fixture.publicSignals[i];
        }
    }

    function test_AcceptsItsOwnSignals() public view {
        verifierRegistry.requireValidProof(circuitId, fixture.proof, _signals);
    }

    function test_RevertWhen_DigestIsOneMore() public {
        _expectRejection(0, _signals[0] + 1);
    }

    function test_RevertWhen_DigestIsPlusR() public {
        _expectRejection(0, _signals[0] + R);
    }

    function test_RevertWhen_EvaluationIsOneMore() public {
        _expectRejection(1, _signals[1] + 1);
    }

    function test_RevertWhen_EvaluationIsPlusR() public {
        _expectRejection(1, _signals[1] + R);
    }

    function test_RevertWhen_WeightsCommitmentIsOneMore() public {
        _expectRejection(2, _signals[2] + 1);
    }

    function test_RevertWhen_WeightsCommitmentIsPlusR() public {
        _expectRejection(2, _signals[2] + R);
    }

    function test_RevertWhen_IndexCommitmentIsOneMore() public {
        _expectRejection(3, _signals[3] + 1);
    }

    function test_RevertWhen_IndexCommitmentIsPlusR() public {
        _expectRejection(3, _signals[3] + R);
    }

    function test_RevertWhen_ChallengeIsOneMore() public {
        _expectRejection(4, _signals[4] + 1);
    }

    function test_RevertWhen_ChallengeIsPlusR() public {
        _expectRejection(4, _signals[4] + R);
    }

    function test_RevertWhen_ContextIsOneMore() public {
        _expectRejection(5, _signals[5] + 1);
    }

    function test_RevertWhen_ContextIsPlusR() public {
        _expectRejection(5, _signals[5] + R);
    }

    function test_RevertWhen_AnySignalIsAllOnes() public {
        for (uint256 i = 0; i < 6; ++i) {
            _expectRejection(i, type(uint256).max);
        }
    }

    function test_RevertWhen_AnyTwoSignalsAreSwapped() public {
        for (uint256 i = 0; i < 6; ++i) {
            for (uint256 j = 0; j < i; ++j) {
                uint256[6] memory signals = _signals;
                (signals[i], signals[j]) = (signals[j], signals[i]);
                _expectRejection(signals);
            }
        }
    }

    /// @dev The decoder refuses it, before any code of ours: six words by type.
    function test_RevertWhen_ASignalIsMissing() public view {
        bytes memory data = abi.encodePacked(_call(_signals));
        uint256 truncated = data.length - 32;
        assembly ("memory-safe") {
            mstore(data, truncated)
        }
        (bool isAccepted, bytes memory reason) = address(verifierRegistry).staticcall(data);
        vm.assertFalse(isAccepted);
        vm.assertEq(reason.length, 0);
    }

    /// @dev A seventh signal in front moves the others by one place.
    function test_RevertWhen_AnExtraSignalStandsInFront() public view {
        bytes memory data = bytes.concat(
            abi.encodeWithSelector(verifierRegistry.requireValidProof.selector, circuitId, fixture.proof),
            bytes32(0),
            abi.encode(_signals)
        );
        (bool isAccepted, bytes memory reason) = address(verifierRegistry).staticcall(data);
        vm.assertFalse(isAccepted);
        vm.assertEq(keccak256(reason), keccak256(proofRejected()));
    }

    /// @dev Behind them it is not part of the arguments, and changes nothing: the statement is still the one that was proved.
    function test_AnExtraSignalBehindSaysNothing() public view {
        (bool isAccepted,) = address(verifierRegistry).staticcall(bytes.concat(_call(_signals), bytes32(uint256(7))));
        vm.assertTrue(isAccepted);
    }

    function _expectRejection(uint256 position, uint256 value) private {
        uint256[6] memory signals = _signals;
        signals[position] = value;
        _expectRejection(signals);
    }

    function _expectRejection(uint256[6] memory signals) private {
        vm.expectRevert(proofRejected());
        verifierRegistry.requireValidProof(circuitId, fixture.proof, signals);
    }

    function _call(uint256[6] memory signals) private view returns (bytes memory) {
        return abi.encodeCall(verifierRegistry.requireValidProof, (circuitId, fixture.proof, signals));
    }
}
