// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {AttributionStatement} from "../../src/AttributionStatement.sol";
import {IInferenceEscrow} from "../../src/interfaces/IInferenceEscrow.sol";
import {IVerifierRegistry} from "../../src/interfaces/IVerifierRegistry.sol";
import {ProofFixture} from "../base/ProofFixture.sol";
import {RealProofTest} from "../base/RealProofTest.sol";
import {VerificationKeys} from "../base/VerificationKeys.sol";

/// @dev Everything about a settlement is right but its proof.
contract InferenceEscrowForgedProofTest is RealProofTest {
    uint256 private _batchId;

    function setUp() public override {
        super.setUp();
        _batchId = openBatch();
    }

    function test_RevertWhen_ProofIsRandom() public {
        IVerifierRegistry.Proof memory proof;
        proof.a = VerificationKeys.g1Multiples()[4];
        proof.b = VerificationKeys.g2Multiples()[2];
        proof.c = VerificationKeys.g1Multiples()[6];
        _expectRejection(proof);
    }

    /// @dev (0, 0) is infinity on the EVM, so this is also the proof of three points at infinity.
    function test_RevertWhen_ProofIsZero() public {
        IVerifierRegistry.Proof memory proof;
        _expectRejection(proof);
    }

    function test_RevertWhen_AAndCAreSwapped() public {
        IVerifierRegistry.Proof memory proof = fixture.proof;
        (proof.a, proof.c) = (proof.c, proof.a);
        _expectRejection(proof);
    }

    /// @dev As snarkjs writes G2.
    function test_RevertWhen_BIsRealPartFirst() public {
        IVerifierRegistry.Proof memory proof = fixture.proof;
        uint256[2][2] memory b = proof.b;
        proof.b = [[b[0][1], b[0][0]], [b[1][1], b[1][0]]];
        _expectRejection(proof);
    }

    function test_RevertWhen_AnyOnePointIsNegated() public {
        IVerifierRegistry.Proof memory proof = fixture.proof;
        proof.a[1] = Q - proof.a[1];
        _expectRejection(proof);
        proof = fixture.proof;
        proof.b = VerificationKeys.negated(proof.b);
        _expectRejection(proof);
        proof = fixture.proof;
        proof.c[1] = Q - proof.c[1];
        _expectRejection(proof);
    }

    function test_RevertWhen_AOrCIsDoubled() public {
        IVerifierRegistry.Proof memory proof = fixture.proof;
        proof.a = _doubled(proof.a);
        _expectRejection(proof);
        proof = fixture.proof;
        proof.c = _doubled(proof.c);
        _expectRejection(proof);
    }

    /// @dev (-A, -B, C) is another valid proof of the same statement. It settles as well as the first, and neither settles
    /// twice: the state is keyed on the batch.
    function test_AMalleatedProofSettlesOnceOnly() public {
        IVerifierRegistry.Proof memory proof = fixture.proof;
        proof.a[1] = Q - proof.a[1];
        proof.b = VerificationKeys.negated(proof.b);
        _settle(proof);
        bytes memory reason = abi.encodeWithSelector(IInferenceEscrow.BatchAlreadySettled.selector, _batchId);
        vm.expectRevert(reason);
        _settle(proof);
        vm.expectRevert(reason);
        _settle(fixture.proof);
    }

    function test_RevertWhen_AXIsOneMore() public {
        IVerifierRegistry.Proof memory proof = fixture.proof;
        proof.a[0] = addmod(proof.a[0], 1, Q);
        _expectRejection(proof);
    }

    function test_RevertWhen_AYIsOneMore() public {
        IVerifierRegistry.Proof memory proof = fixture.proof;
        proof.a[1] = addmod(proof.a[1], 1, Q);
        _expectRejection(proof);
    }

    function test_RevertWhen_BXImaginaryIsOneMore() public {
        IVerifierRegistry.Proof memory proof = fixture.proof;
        proof.b[0][0] = addmod(proof.b[0][0], 1, Q);
        _expectRejection(proof);
    }

    function test_RevertWhen_BXRealIsOneMore() public {
        IVerifierRegistry.Proof memory proof = fixture.proof;
        proof.b[0][1] = addmod(proof.b[0][1], 1, Q);
        _expectRejection(proof);
    }

    function test_RevertWhen_BYImaginaryIsOneMore() public {
        IVerifierRegistry.Proof memory proof = fixture.proof;
        proof.b[1][0] = addmod(proof.b[1][0], 1, Q);
        _expectRejection(proof);
    }

    function test_RevertWhen_BYRealIsOneMore() public {
        IVerifierRegistry.Proof memory proof = fixture.proof;
        proof.b[1][1] = addmod(proof.b[1][1], 1, Q);
        _expectRejection(proof);
    }

    function test_RevertWhen_CXIsOneMore() public {
        IVerifierRegistry.Proof memory proof = fixture.proof;
        proof.c[0] = addmod(proof.c[0], 1, Q);
        _expectRejection(proof);
    }

    function test_RevertWhen_CYIsOneMore() public {
        IVerifierRegistry.Proof memory proof = fixture.proof;
        proof.c[1] = addmod(proof.c[1], 1, Q);
        _expectRejection(proof);
    }

    function test_RevertWhen_AnyCoordinateIsPlusQ() public {
        for (uint256 i = 0; i < 8; ++i) {
            IVerifierRegistry.Proof memory proof = fixture.proof;
            if (i < 2) proof.a[i] += Q;
            else if (i < 6) proof.b[(i - 2) / 2][i % 2] += Q;
            else proof.c[i - 6] += Q;
            _expectRejection(proof);
        }
    }

    function test_RevertWhen_AnyPointIsOffTheCurveOrOutsideG2() public {
        IVerifierRegistry.Proof memory proof = fixture.proof;
        proof.a = [uint256(1), 1];
        _expectRejection(proof);
        proof = fixture.proof;
        proof.b = [[uint256(0), 1], [uint256(0), 1]];
        _expectRejection(proof);
        proof.b = VerificationKeys.outsideSubgroup();
        _expectRejection(proof);
        proof = fixture.proof;
        proof.c = [uint256(1), 1];
        _expectRejection(proof);
    }

    /// @dev The decoder refuses it, before any code of ours: a proof is eight words by type.
    function test_RevertWhen_ProofIsTruncated() public view {
        bytes memory data = abi.encodeCall(verifierRegistry.requireValidProof, (circuitId, fixture.proof, _signals()));
        (bool isAccepted, bytes memory reason) = address(verifierRegistry).staticcall(data);
        vm.assertTrue(isAccepted, "the proof itself is valid");
        uint256 truncated = data.length - 32;
        assembly ("memory-safe") {
            mstore(data, truncated)
        }
        (isAccepted, reason) = address(verifierRegistry).staticcall(data);
        vm.assertFalse(isAccepted);
        vm.assertEq(reason.length, 0);
    }

    /// @dev A ninth word moves the signals by one place: it can only be read as the first of them.
    function test_RevertWhen_ProofIsOverLong() public view {
        IVerifierRegistry.Proof memory proof = fixture.proof;
        bytes memory data = bytes.concat(
            abi.encodeWithSelector(verifierRegistry.requireValidProof.selector, circuitId, proof),
            bytes32(0),
            abi.encode(_signals())
        );
        (bool isAccepted, bytes memory reason) = address(verifierRegistry).staticcall(data);
        vm.assertFalse(isAccepted);
        vm.assertEq(keccak256(reason), keccak256(proofRejected()));
    }

    /// @dev A proof of `standard`, valid under its own key.
    function test_RevertWhen_ProofIsOfAnotherCircuit() public {
        _expectRejection(ProofFixture.read("test/fixtures/standard-settlement.json").proof);
    }

    function test_RevertWhen_CircuitIsRetired() public {
        vm.prank(governor);
        verifierRegistry.retire(circuitId);
        vm.expectRevert(abi.encodeWithSelector(IVerifierRegistry.RetiredCircuit.selector, circuitId));
        _settle(fixture.proof);
    }

    function _settle(IVerifierRegistry.Proof memory proof) private {
        // With bounded gas: a precompile takes all it is given when a point is off the curve.
        escrow.settle{gas: 1_000_000}(_batchId, prover, fixture.leaves, fixture.encodedEarnings, fixture.digest, proof);
    }

    function _expectRejection(IVerifierRegistry.Proof memory proof) private {
        vm.expectRevert(proofRejected());
        _settle(proof);
    }

    function _signals() private view returns (uint256[6] memory) {
        return AttributionStatement.toArray(
            escrow.publicSignalsOf(_batchId, prover, fixture.leaves, fixture.encodedEarnings, fixture.digest)
        );
    }

    /// @dev EIP-196: the precompile that adds.
    function _doubled(uint256[2] memory point) private view returns (uint256[2] memory) {
        (bool isAdded, bytes memory sum) = address(6).staticcall(abi.encode(point, point));
        vm.assertTrue(isAdded);
        return abi.decode(sum, (uint256[2]));
    }
}
