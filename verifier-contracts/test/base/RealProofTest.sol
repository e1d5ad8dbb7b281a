// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {Groth16Verifier} from "../../src/generated/TinyVerifier.sol";
import {IGroth16Verifier} from "../../src/interfaces/IGroth16Verifier.sol";
import {IVerifierRegistry} from "../../src/interfaces/IVerifierRegistry.sol";
import {ProofFixture} from "./ProofFixture.sol";
import {SettlementTest} from "./SettlementTest.sol";
import {VerificationKeys} from "./VerificationKeys.sol";

/// @title The world that the proof of the shape `tiny` was made for, step by step: the generated verifier, its real key, the real contracts
abstract contract RealProofTest is SettlementTest {
    uint256 internal constant Q = VerificationKeys.Q;
    uint256 internal constant R = 21888242871839275222246405745257275088548364400416034343698204186575808495617;

    ProofFixture.Settlement internal fixture;

    function setUp() public virtual override {
        fixture = ProofFixture.read("test/fixtures/tiny-settlement.json");
        vm.assertEq(fixture.settlement, SETTLEMENT);
        prover = fixture.prover;
        slots = uint32(fixture.encodedEarnings.length);
        deploySystem();
        verifier = IGroth16Verifier(address(new Groth16Verifier()));
    }

    /// @dev All that is left before the proof can be sent.
    function openBatch() internal returns (uint256) {
        circuitId = registerCircuit(fixture.key);
        registerModel(fixture.weightsCommitment, fixture.indexCommitment);
        payFees();
        return sealFixture();
    }

    /// @dev One request for each fee of the fixture.
    function payFees() internal {
        for (uint256 i = 0; i < fixture.feesWei.length; ++i) {
            fixture.leaves.requestIds[i] = pay(fixture.feesWei[i]);
        }
    }

    function sealFixture() internal returns (uint256) {
        vm.prank(operator);
        return escrow.seal(
            modelId, fixture.leaves.requestIds, fixture.leaves.inputCommitments, fixture.leaves.outputCommitments
        );
    }

    /// @dev Settles with the real proof, whatever became of the world around it.
    function settleFixture(uint256 batchId) internal {
        escrow.settle(batchId, prover, fixture.leaves, fixture.encodedEarnings, fixture.digest, fixture.proof);
    }

    function proofRejected() internal view returns (bytes memory) {
        return abi.encodeWithSelector(IVerifierRegistry.ProofRejected.selector, circuitId);
    }
}
