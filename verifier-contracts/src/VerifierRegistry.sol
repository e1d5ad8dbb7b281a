// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {Ownable, Ownable2Step} from "@openzeppelin/contracts/access/Ownable2Step.sol";
import {Bn254} from "./Bn254.sol";
import {IGroth16Verifier} from "./interfaces/IGroth16Verifier.sol";
import {IVerifierRegistry} from "./interfaces/IVerifierRegistry.sol";

/// @title See `IVerifierRegistry`
contract VerifierRegistry is IVerifierRegistry, Ownable2Step {
    /// @notice Points of IC: one for the constant, one for each of the six public signals.
    uint256 public constant IC_LENGTH = 7;
    /// @notice B fits the eight bits that a batch keeps for its count.
    uint256 public constant MAXIMUM_TRACES = 255;
    /// @notice K is bounded because closing an epoch visits every contributor.
    uint256 public constant MAXIMUM_CONTRIBUTORS = 64;

    /// @dev anvil, hardhat and ganache: chains of play money.
    uint256 private constant LOCAL_CHAIN_ID = 31337;
    uint256 private constant OTHER_LOCAL_CHAIN_ID = 1337;

    mapping(bytes4 circuitId => Circuit) private _circuits;

    /// @param initialOwner Who may register and retire circuits.
    constructor(address initialOwner) Ownable(initialOwner) {}

    /// @inheritdoc IVerifierRegistry
    function register(VerificationKey calldata key, IGroth16Verifier verifier, uint32 traces, uint32 contributors)
        external
        onlyOwner
        returns (bytes4 circuitId)
    {
        if (traces == 0 || traces > MAXIMUM_TRACES) revert TracesOutOfRange(traces, 1, MAXIMUM_TRACES);
        if (contributors == 0 || contributors > MAXIMUM_CONTRIBUTORS) {
            revert ContributorsOutOfRange(contributors, 1, MAXIMUM_CONTRIBUTORS);
        }
        if (address(verifier).code.length == 0) revert VerifierHasNoCode(address(verifier));
        _requireSoundKey(key);

        bytes32 keyHash = keccak256(abi.encode(key.alpha, key.beta, key.gamma, key.delta, key.ic));
        // forge-lint: disable-next-line(unsafe-typecast): the id is the first four bytes; the whole hash is stored
        circuitId = bytes4(keyHash);
        if (_isRegistered(_circuits[circuitId])) revert CircuitIdTaken(circuitId);

        bytes32 codehash = address(verifier).codehash;
        _circuits[circuitId] = Circuit({
            verifier: verifier,
            traces: traces,
            contributors: contributors,
            isRetired: false,
            verifierCodehash: codehash,
            keyHash: keyHash
        });
        emit CircuitRegistered(circuitId, keyHash, verifier, codehash, traces, contributors);
    }

    /// @inheritdoc IVerifierRegistry
    function retire(bytes4 circuitId) external onlyOwner {
        _requireActive(circuitId);
        _circuits[circuitId].isRetired = true;
        emit CircuitRetired(circuitId);
    }

    /// @inheritdoc IVerifierRegistry
    function requireValidProof(bytes4 circuitId, Proof calldata proof, uint256[6] calldata publicSignals)
        external
        view
    {
        Circuit storage circuit = _requireActive(circuitId);
        IGroth16Verifier verifier = circuit.verifier;
        bytes32 found = address(verifier).codehash;
        if (found != circuit.verifierCodehash) revert VerifierCodeChanged(circuitId, circuit.verifierCodehash, found);
        if (!verifier.verifyProof(proof.a, proof.b, proof.c, publicSignals)) revert ProofRejected(circuitId);
    }

    /// @inheritdoc IVerifierRegistry
    function circuitOf(bytes4 circuitId) external view returns (Circuit memory) {
        Circuit storage circuit = _circuits[circuitId];
        if (!_isRegistered(circuit)) revert UnknownCircuit(circuitId);
        return circuit;
    }

    /// @inheritdoc IVerifierRegistry
    function activeCircuitOf(bytes4 circuitId) external view returns (Circuit memory) {
        return _requireActive(circuitId);
    }

    /// @inheritdoc IVerifierRegistry
    function isRetired(bytes4 circuitId) external view returns (bool) {
        Circuit storage circuit = _circuits[circuitId];
        if (!_isRegistered(circuit)) revert UnknownCircuit(circuitId);
        return circuit.isRetired;
    }

    function _requireActive(bytes4 circuitId) private view returns (Circuit storage circuit) {
        circuit = _circuits[circuitId];
        if (!_isRegistered(circuit)) revert UnknownCircuit(circuitId);
        if (circuit.isRetired) revert RetiredCircuit(circuitId);
    }

    function _isRegistered(Circuit storage circuit) private view returns (bool) {
        return address(circuit.verifier) != address(0);
    }

    function _isLocalChain() private view returns (bool) {
        return block.chainid == LOCAL_CHAIN_ID || block.chainid == OTHER_LOCAL_CHAIN_ID;
    }

    function _requireSoundKey(VerificationKey calldata key) private view {
        if (key.ic.length != IC_LENGTH) revert KeyIcLengthMismatch(key.ic.length, IC_LENGTH);
        Bn254.requireG1(key.alpha, Bn254.KeyPoint.Alpha, 0);
        Bn254.requireG2(key.beta, Bn254.KeyPoint.Beta);
        Bn254.requireG2(key.gamma, Bn254.KeyPoint.Gamma);
        Bn254.requireG2(key.delta, Bn254.KeyPoint.Delta);
        if (Bn254.isEqualUpToSign(key.delta, key.gamma)) {
            revert KeyDeltaIsGamma({isNegated: !Bn254.hasEqualY(key.delta, key.gamma)});
        }
        if (Bn254.isEqualUpToSign(key.beta, key.gamma)) revert KeyBetaIsGamma();
        if (Bn254.isEqualUpToSign(key.beta, key.delta)) revert KeyBetaIsDelta();
        if (Bn254.isGeneratorUpToSign(key.delta)) {
            revert KeyDeltaIsGenerator({isNegated: !Bn254.hasGeneratorY(key.delta)});
        }
        if (!_isLocalChain() && !(Bn254.isGeneratorUpToSign(key.gamma) && Bn254.hasGeneratorY(key.gamma))) {
            revert KeyIsNotFromCeremony(block.chainid);
        }
        for (uint256 i = 0; i < IC_LENGTH; ++i) {
            Bn254.requireG1(key.ic[i], Bn254.KeyPoint.Ic, i);
            for (uint256 j = 0; j < i; ++j) {
                // Opposite points have the same x, and are as bad: both signals can then be shifted by the same amount.
                if (key.ic[i][0] == key.ic[j][0]) revert KeyIcRepeated(i, j);
            }
        }
    }
}
