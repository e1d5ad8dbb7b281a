// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {IGroth16Verifier} from "./IGroth16Verifier.sol";

/// @title Circuits that the chain accepts proofs of, each with the one verifier that speaks for it
/// @notice A circuit is known by `circuitId`, the first four bytes of the keccak256 of its verification key. The id names
/// one verifier for ever: it can be retired, which leaves a tombstone, and can never be registered again.
interface IVerifierRegistry {
    /// @notice A Groth16 verification key. Points of G2 are in EVM order: imaginary part first.
    struct VerificationKey {
        uint256[2] alpha;
        uint256[2][2] beta;
        uint256[2][2] gamma;
        uint256[2][2] delta;
        /// One point for the constant and one for each of the six public signals.
        uint256[2][] ic;
    }

    /// @notice A Groth16 proof. B is in EVM order: imaginary parts first.
    struct Proof {
        uint256[2] a;
        uint256[2][2] b;
        uint256[2] c;
    }

    /// @notice What is stored of a circuit.
    struct Circuit {
        IGroth16Verifier verifier;
        /// B: slots for traces in a batch.
        uint32 traces;
        /// K: slots for contributors.
        uint32 contributors;
        bool isRetired;
        /// keccak256 of the verifier's code when it was registered.
        bytes32 verifierCodehash;
        /// keccak256(abi.encode(alpha, beta, gamma, delta, ic)).
        bytes32 keyHash;
    }

    /// @notice A circuit was registered.
    event CircuitRegistered(
        bytes4 indexed circuitId,
        bytes32 keyHash,
        IGroth16Verifier verifier,
        bytes32 verifierCodehash,
        uint32 traces,
        uint32 contributors
    );
    /// @notice A circuit was retired, for ever.
    event CircuitRetired(bytes4 indexed circuitId);

    /// @notice The key has not one IC point for the constant and one for each public signal.
    error KeyIcLengthMismatch(uint256 received, uint256 expected);
    /// @notice Two IC points are equal up to sign: one of the signals could be traded for the other.
    error KeyIcRepeated(uint256 index, uint256 otherIndex);
    /// @notice delta = gamma (or its negation): the mark of a key that no phase-2 contribution touched. Anyone can forge.
    error KeyDeltaIsGamma(bool isNegated);
    /// @notice delta is the G2 generator (or its negation): its discrete logarithm is known. Anyone can forge.
    error KeyDeltaIsGenerator(bool isNegated);
    /// @notice beta is gamma up to sign: the public terms of the pairing equation cancel each other. Anyone can forge.
    error KeyBetaIsGamma();
    /// @notice beta is delta up to sign: likewise.
    error KeyBetaIsDelta();
    /// @notice gamma is not the G2 generator, where snarkjs' phase 2 always leaves it: DEV keys, whose secrets are published,
    /// look like that. They are accepted on local chains only.
    error KeyIsNotFromCeremony(uint256 chainId);
    /// @notice The verifier's address holds no code.
    error VerifierHasNoCode(address verifier);
    /// @notice B or K is outside its bounds.
    error TracesOutOfRange(uint256 received, uint256 minimum, uint256 maximum);
    error ContributorsOutOfRange(uint256 received, uint256 minimum, uint256 maximum);
    /// @notice The id is in use, or was: a tombstone counts.
    error CircuitIdTaken(bytes4 circuitId);
    /// @notice No circuit has this id.
    error UnknownCircuit(bytes4 circuitId);
    /// @notice The circuit is retired.
    error RetiredCircuit(bytes4 circuitId);
    /// @notice The code at the verifier's address is not what was registered.
    error VerifierCodeChanged(bytes4 circuitId, bytes32 registered, bytes32 found);
    /// @notice The verifier said no: the proof is false, malformed, or the call was starved of gas.
    error ProofRejected(bytes4 circuitId);

    /// @notice Registers a circuit. Owner only.
    /// @dev Checks of the key that are cheap enough for the chain: coordinates below q, every point on its curve and not
    /// at infinity, G2 points in the subgroup of order r (by the pairing precompile), beta, gamma and delta apart from each other and delta from the
    /// generator up to sign, gamma the generator unless the chain is local, seven IC points, none repeated.
    ///
    /// Not checked, and left to the tooling that the owner runs before: that the code at `verifier` holds exactly this
    /// key and delegates to no other code, that the key is of the circuit and shape claimed, and where the key came from.
    /// A wrong shape fails closed, as no proof verifies then; a wrong verifier or a key of bad origin does not.
    /// @param traces B of the circuit.
    /// @param contributors K of the circuit.
    function register(VerificationKey calldata key, IGroth16Verifier verifier, uint32 traces, uint32 contributors)
        external
        returns (bytes4 circuitId);

    /// @notice Retires a circuit: no proof of it is accepted from now on, and its id stays taken. Owner only.
    /// Requests paid or sealed under it become refundable when their deadlines pass.
    function retire(bytes4 circuitId) external;

    /// @notice Returns if, and only if, `proof` is valid for these signals under an active circuit; reverts otherwise.
    /// @param publicSignals In the circuit's order; see `AttributionStatement.PublicSignals` for their names.
    function requireValidProof(bytes4 circuitId, Proof calldata proof, uint256[6] calldata publicSignals) external view;

    /// @notice A circuit, retired ones included. Reverts with `UnknownCircuit`.
    function circuitOf(bytes4 circuitId) external view returns (Circuit memory);

    /// @notice A circuit that is not retired. Reverts with `UnknownCircuit` or `RetiredCircuit`.
    function activeCircuitOf(bytes4 circuitId) external view returns (Circuit memory);

    /// @notice Whether a circuit is retired. Reverts with `UnknownCircuit`.
    function isRetired(bytes4 circuitId) external view returns (bool);
}
