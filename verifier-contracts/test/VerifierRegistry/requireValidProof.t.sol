// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {AttributionStatement} from "../../src/AttributionStatement.sol";
import {IVerifierRegistry} from "../../src/interfaces/IVerifierRegistry.sol";
import {SettlementTest} from "../base/SettlementTest.sol";

contract VerifierRegistryRequireValidProofTest is SettlementTest {
    AttributionStatement.PublicSignals private _signals = AttributionStatement.PublicSignals(1, 2, 3, 4, 5, 6);

    function test_ReturnsForAValidProof() public view {
        verifierRegistry.requireValidProof(circuitId, mockProofOf(_signals), _array());
    }

    function test_RevertWhen_ProofRejected() public {
        IVerifierRegistry.Proof memory proof = mockProofOf(_signals);
        proof.a[0] += 1;
        vm.expectRevert(abi.encodeWithSelector(IVerifierRegistry.ProofRejected.selector, circuitId));
        verifierRegistry.requireValidProof(circuitId, proof, _array());
    }

    function test_RevertWhen_AnySignalDiffers() public {
        for (uint256 i = 0; i < 6; ++i) {
            uint256[6] memory signals = _array();
            signals[i] += 1;
            vm.expectRevert(abi.encodeWithSelector(IVerifierRegistry.ProofRejected.selector, circuitId));
            verifierRegistry.requireValidProof(circuitId, mockProofOf(_signals), signals);
        }
    }

    function test_RevertWhen_UnknownCircuit() public {
        vm.expectRevert(abi.encodeWithSelector(IVerifierRegistry.UnknownCircuit.selector, bytes4(0x12345678)));
        verifierRegistry.requireValidProof(0x12345678, mockProofOf(_signals), _array());
    }

    function test_RevertWhen_RetiredCircuit() public {
        vm.prank(governor);
        verifierRegistry.retire(circuitId);
        vm.expectRevert(abi.encodeWithSelector(IVerifierRegistry.RetiredCircuit.selector, circuitId));
        verifierRegistry.requireValidProof(circuitId, mockProofOf(_signals), _array());
    }

    function test_RevertWhen_VerifierCodeChanged() public {
        bytes32 registered = address(verifier).codehash;
        // Returns 1 to every call.
        vm.etch(address(verifier), hex"600160005260206000f3");
        vm.expectRevert(
            abi.encodeWithSelector(
                IVerifierRegistry.VerifierCodeChanged.selector, circuitId, registered, address(verifier).codehash
            )
        );
        verifierRegistry.requireValidProof(circuitId, mockProofOf(_signals), _array());
    }

    function test_RevertWhen_VerifierCodeGone() public {
        bytes32 registered = address(verifier).codehash;
        vm.etch(address(verifier), "");
        vm.expectRevert(
            abi.encodeWithSelector(
                IVerifierRegistry.VerifierCodeChanged.selector, circuitId, registered, address(verifier).codehash
            )
        );
        verifierRegistry.requireValidProof(circuitId, mockProofOf(_signals), _array());
    }

    /// @dev Whatever the gas, a valid proof passes or the call reverts: it is never taken for a false one and booked.
    function test_RevertWhen_StarvedOfGas() public view {
        bytes memory data =
            abi.encodeCall(IVerifierRegistry.requireValidProof, (circuitId, mockProofOf(_signals), _array()));
        bool hasPassed = false;
        for (uint256 gasLimit = 1000; gasLimit < 40_000; gasLimit += 1000) {
            (bool isAccepted,) = address(verifierRegistry).staticcall{gas: gasLimit}(data);
            vm.assertTrue(isAccepted || !hasPassed, "accepted with less gas, refused with more");
            hasPassed = isAccepted;
        }
        vm.assertTrue(hasPassed);
    }

    function _array() private view returns (uint256[6] memory) {
        return AttributionStatement.toArray(_signals);
    }
}
