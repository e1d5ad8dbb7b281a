// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {IModelRegistry} from "../../src/interfaces/IModelRegistry.sol";
import {IVerifierRegistry} from "../../src/interfaces/IVerifierRegistry.sol";
import {SettlementTest} from "../base/SettlementTest.sol";

/// @dev The views: modelOf, ownerOf, operatorOf, modelVersionOf, indexOf, commitmentsOf, payableVersionsOf.
contract ModelRegistryVersionsTest is SettlementTest {
    function test_CommitmentsOfAnOldIndexAreThoseOfItsHead() public {
        vm.prank(modelOwner);
        modelRegistry.registerModelVersion(modelId, 8, circuitId);
        registerIndex(9, contributors);
        (uint256 weights, uint256 index) = modelRegistry.commitmentsOf(modelId, 1);
        vm.assertEq(weights, WEIGHTS_COMMITMENT);
        vm.assertEq(index, INDEX_COMMITMENT);
        (weights, index) = modelRegistry.commitmentsOf(modelId, 2);
        vm.assertEq(weights, 8);
        vm.assertEq(index, 9);
    }

    function test_OwnerAndOperatorAreThoseOfTheModel() public view {
        vm.assertEq(modelRegistry.ownerOf(modelId), modelRegistry.modelOf(modelId).owner);
        vm.assertEq(modelRegistry.operatorOf(modelId), modelRegistry.modelOf(modelId).operator);
        vm.assertEq(modelRegistry.operatorOf(modelId), operator);
    }

    function test_PayableVersionsAreTheNewest() public {
        registerIndex(9, contributors);
        (uint32 modelVersion, uint32 indexVersion, bytes4 circuit) = modelRegistry.payableVersionsOf(modelId);
        vm.assertEq(modelVersion, 1);
        vm.assertEq(indexVersion, 2);
        vm.assertTrue(circuit == circuitId);
    }

    function test_RevertWhen_HeadHasNoIndexYet() public {
        uint256 bare = modelRegistry.registerModel(7, circuitId, operator);
        vm.expectRevert(abi.encodeWithSelector(IModelRegistry.ModelVersionHasNoIndex.selector, bare, 1));
        modelRegistry.payableVersionsOf(bare);

        vm.prank(modelOwner);
        modelRegistry.registerModelVersion(modelId, 8, circuitId);
        vm.expectRevert(abi.encodeWithSelector(IModelRegistry.ModelVersionHasNoIndex.selector, modelId, 2));
        modelRegistry.payableVersionsOf(modelId);
    }

    function test_RevertWhen_CircuitRetired() public {
        vm.prank(governor);
        verifierRegistry.retire(circuitId);
        vm.expectRevert(abi.encodeWithSelector(IVerifierRegistry.RetiredCircuit.selector, circuitId));
        modelRegistry.payableVersionsOf(modelId);
    }

    function test_RevertWhen_UnknownModel() public {
        bytes memory reason = abi.encodeWithSelector(IModelRegistry.UnknownModel.selector, 9);
        vm.expectRevert(reason);
        modelRegistry.modelOf(9);
        vm.expectRevert(reason);
        modelRegistry.ownerOf(9);
        vm.expectRevert(reason);
        modelRegistry.operatorOf(9);
        vm.expectRevert(reason);
        modelRegistry.modelVersionOf(9, 1);
        vm.expectRevert(reason);
        modelRegistry.indexOf(9, 1);
        vm.expectRevert(reason);
        modelRegistry.commitmentsOf(9, 1);
        vm.expectRevert(reason);
        modelRegistry.payableVersionsOf(9);
    }

    function test_RevertWhen_UnknownVersion() public {
        for (uint256 version = 0; version <= 2; version += 2) {
            bytes memory unknownIndex = abi.encodeWithSelector(IModelRegistry.UnknownIndex.selector, modelId, version);
            vm.expectRevert(abi.encodeWithSelector(IModelRegistry.UnknownModelVersion.selector, modelId, version));
            modelRegistry.modelVersionOf(modelId, version);
            vm.expectRevert(unknownIndex);
            modelRegistry.indexOf(modelId, version);
            vm.expectRevert(unknownIndex);
            modelRegistry.commitmentsOf(modelId, version);
        }
    }
}
