// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {AttributionStatement} from "../../src/AttributionStatement.sol";
import {IVerifierRegistry} from "../../src/interfaces/IVerifierRegistry.sol";
import {Vm} from "./Vm.sol";

/// @title A settlement with a real proof, read from the JSON that `npm run generate` writes
/// @notice The TypeScript reference computed every number in it, so a test that settles with it also shows that the two
/// languages and the circuit agree on the statement.
library ProofFixture {
    Vm private constant VM = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));

    struct Settlement {
        address settlement;
        address prover;
        uint256 weightsCommitment;
        uint256 indexCommitment;
        uint256 digest;
        uint256[] feesWei;
        uint256[] encodedEarnings;
        uint256[] publicSignals;
        AttributionStatement.Leaves leaves;
        IVerifierRegistry.VerificationKey key;
        IVerifierRegistry.Proof proof;
    }

    /// @dev `path` is relative to verifier-contracts/.
    function read(string memory path) internal view returns (Settlement memory fixture) {
        string memory json = VM.readFile(path);
        fixture.settlement = VM.parseJsonAddress(json, ".claim.context.settlement");
        fixture.prover = VM.parseJsonAddress(json, ".claim.context.prover");
        fixture.weightsCommitment = VM.parseJsonUint(json, ".claim.weightsCommitment");
        fixture.indexCommitment = VM.parseJsonUint(json, ".claim.indexCommitment");
        fixture.digest = VM.parseJsonUint(json, ".claim.digest");
        fixture.feesWei = VM.parseJsonUintArray(json, ".feesWei");
        fixture.encodedEarnings = VM.parseJsonUintArray(json, ".encodedEarnings");
        fixture.publicSignals = VM.parseJsonUintArray(json, ".publicSignals");
        fixture.leaves.requestIds = VM.parseJsonUintArray(json, ".claim.sealed.requestIds");
        fixture.leaves.pools = VM.parseJsonUintArray(json, ".claim.sealed.pools");
        fixture.leaves.inputCommitments = VM.parseJsonUintArray(json, ".claim.sealed.inputCommitments");
        fixture.leaves.outputCommitments = VM.parseJsonUintArray(json, ".claim.sealed.outputCommitments");
        fixture.key.alpha = _g1(json, ".verificationKey.vk_alpha_1");
        fixture.key.beta = _g2(json, ".verificationKey.vk_beta_2");
        fixture.key.gamma = _g2(json, ".verificationKey.vk_gamma_2");
        fixture.key.delta = _g2(json, ".verificationKey.vk_delta_2");
        fixture.key.ic = new uint256[2][](7);
        for (uint256 i = 0; i < 7; ++i) {
            fixture.key.ic[i] = _g1(json, string.concat(".verificationKey.IC", _element(i)));
        }
        fixture.proof.a = _g1(json, ".proof.pi_a");
        fixture.proof.b = _g2(json, ".proof.pi_b");
        fixture.proof.c = _g1(json, ".proof.pi_c");
    }

    function _g1(string memory json, string memory key) private pure returns (uint256[2] memory) {
        uint256[] memory coordinates = VM.parseJsonUintArray(json, key);
        return [coordinates[0], coordinates[1]];
    }

    /// @dev snarkjs writes the real part first, the EVM reads the imaginary part first.
    function _g2(string memory json, string memory key) private pure returns (uint256[2][2] memory) {
        uint256[] memory x = VM.parseJsonUintArray(json, string.concat(key, _element(0)));
        uint256[] memory y = VM.parseJsonUintArray(json, string.concat(key, _element(1)));
        return [[x[1], x[0]], [y[1], y[0]]];
    }

    function _element(uint256 index) private pure returns (string memory) {
        return string.concat("[", string(abi.encodePacked(bytes1(uint8(48 + index)))), "]");
    }
}
