// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {Bn254} from "../../src/Bn254.sol";
import {IModelRegistry} from "../../src/interfaces/IModelRegistry.sol";
import {IVerifierRegistry} from "../../src/interfaces/IVerifierRegistry.sol";
import {SettlementTest} from "../base/SettlementTest.sol";

contract ModelRegistryRegisterIndexTest is SettlementTest {
    function test_RegistersAndKeepsTheOldOne() public {
        address[] memory accounts = new address[](2);
        (accounts[0], accounts[1]) = (address(5), address(4));
        vm.expectEmit(address(modelRegistry));
        emit IModelRegistry.IndexRegistered(modelId, 2, 1, 9, accounts);
        uint256 indexVersion = registerIndex(9, accounts);

        vm.assertEq(indexVersion, 2);
        vm.assertEq(modelRegistry.modelOf(modelId).indexVersion, 2);
        IModelRegistry.Index memory index = modelRegistry.indexOf(modelId, 2);
        vm.assertEq(index.indexCommitment, 9);
        vm.assertEq(index.modelVersion, 1);
        vm.assertEq(keccak256(abi.encode(index.contributors)), keccak256(abi.encode(accounts)));
        index = modelRegistry.indexOf(modelId, 1);
        vm.assertEq(index.indexCommitment, INDEX_COMMITMENT);
        vm.assertEq(keccak256(abi.encode(index.contributors)), keccak256(abi.encode(contributors)));
    }

    /// @dev Versions go on across versions of the head: one number names one index for ever.
    function test_VersionsNeverStartOver() public {
        vm.prank(modelOwner);
        modelRegistry.registerModelVersion(modelId, 8, circuitId);
        vm.assertEq(registerIndex(9, contributors), 2);
        vm.assertEq(modelRegistry.indexOf(modelId, 1).modelVersion, 1);
        vm.assertEq(modelRegistry.indexOf(modelId, 2).modelVersion, 2);
    }

    function test_RevertWhen_NotModelOwner() public {
        vm.expectRevert(abi.encodeWithSelector(IModelRegistry.NotModelOwner.selector, operator, modelOwner));
        vm.prank(operator);
        modelRegistry.registerIndex(modelId, 9, contributors);
    }

    function test_RevertWhen_UnknownModel() public {
        vm.expectRevert(abi.encodeWithSelector(IModelRegistry.UnknownModel.selector, 9));
        modelRegistry.registerIndex(9, 9, contributors);
    }

    function test_RevertWhen_CommitmentNotCanonical() public {
        _expectRefusal(0, contributors, abi.encodeWithSelector(IModelRegistry.CommitmentNotCanonical.selector, 0));
        _expectRefusal(
            Bn254.R, contributors, abi.encodeWithSelector(IModelRegistry.CommitmentNotCanonical.selector, Bn254.R)
        );
    }

    function test_RevertWhen_ContributorCountOutOfRange() public {
        _expectRefusal(
            9, _accounts(0), abi.encodeWithSelector(IModelRegistry.ContributorCountOutOfRange.selector, 0, 1, 3)
        );
        _expectRefusal(
            9, _accounts(4), abi.encodeWithSelector(IModelRegistry.ContributorCountOutOfRange.selector, 4, 1, 3)
        );
    }

    function test_RevertWhen_ContributorIsZero() public {
        for (uint256 slot = 0; slot < 3; ++slot) {
            address[] memory accounts = _accounts(3);
            accounts[slot] = address(0);
            _expectRefusal(9, accounts, abi.encodeWithSelector(IModelRegistry.ContributorIsZero.selector, slot));
        }
    }

    function testFuzz_RevertWhen_ContributorRepeated(uint256 first, uint256 second) public {
        vm.prank(governor);
        bytes4 wideCircuitId = verifierRegistry.register(otherKey(), verifier, 4, 64);
        vm.prank(modelOwner);
        modelRegistry.registerModelVersion(modelId, 8, wideCircuitId);
        first = bound(first, 0, 62);
        second = bound(second, first + 1, 63);
        address[] memory accounts = _accounts(64);
        accounts[second] = accounts[first];
        _expectRefusal(
            9,
            accounts,
            abi.encodeWithSelector(IModelRegistry.ContributorRepeated.selector, accounts[first], second, first)
        );
    }

    function test_RevertWhen_CircuitRetired() public {
        vm.prank(governor);
        verifierRegistry.retire(circuitId);
        _expectRefusal(9, contributors, abi.encodeWithSelector(IVerifierRegistry.RetiredCircuit.selector, circuitId));
    }

    function _accounts(uint256 count) private pure returns (address[] memory accounts) {
        accounts = new address[](count);
        for (uint256 slot = 0; slot < count; ++slot) {
            accounts[slot] = contributorOf(slot);
        }
    }

    function _expectRefusal(uint256 commitment, address[] memory accounts, bytes memory reason) private {
        vm.expectRevert(reason);
        vm.prank(modelOwner);
        modelRegistry.registerIndex(modelId, commitment, accounts);
    }
}
