// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {Bn254} from "../../src/Bn254.sol";
import {IModelRegistry} from "../../src/interfaces/IModelRegistry.sol";
import {IVerifierRegistry} from "../../src/interfaces/IVerifierRegistry.sol";
import {SettlementTest} from "../base/SettlementTest.sol";

contract ModelRegistryRegisterModelVersionTest is SettlementTest {
    function test_RegistersAndKeepsTheOldOne() public {
        bytes4 otherCircuitId = registerCircuit(otherKey());
        vm.expectEmit(address(modelRegistry));
        emit IModelRegistry.ModelVersionRegistered(modelId, 2, 8, otherCircuitId);
        vm.prank(modelOwner);
        uint256 modelVersion = modelRegistry.registerModelVersion(modelId, 8, otherCircuitId);

        vm.assertEq(modelVersion, 2);
        vm.assertEq(modelRegistry.modelOf(modelId).modelVersion, 2);
        vm.assertEq(modelRegistry.modelVersionOf(modelId, 1).weightsCommitment, WEIGHTS_COMMITMENT);
        vm.assertTrue(modelRegistry.modelVersionOf(modelId, 1).circuitId == circuitId);
        vm.assertEq(modelRegistry.modelVersionOf(modelId, 2).weightsCommitment, 8);
        vm.assertTrue(modelRegistry.modelVersionOf(modelId, 2).circuitId == otherCircuitId);
    }

    function test_RevertWhen_NotModelOwner() public {
        vm.expectRevert(abi.encodeWithSelector(IModelRegistry.NotModelOwner.selector, operator, modelOwner));
        vm.prank(operator);
        modelRegistry.registerModelVersion(modelId, 8, circuitId);
    }

    function test_RevertWhen_UnknownModel() public {
        vm.expectRevert(abi.encodeWithSelector(IModelRegistry.UnknownModel.selector, 9));
        modelRegistry.registerModelVersion(9, 8, circuitId);
    }

    function test_RevertWhen_CommitmentNotCanonical() public {
        vm.startPrank(modelOwner);
        vm.expectRevert(abi.encodeWithSelector(IModelRegistry.CommitmentNotCanonical.selector, 0));
        modelRegistry.registerModelVersion(modelId, 0, circuitId);
        vm.expectRevert(abi.encodeWithSelector(IModelRegistry.CommitmentNotCanonical.selector, Bn254.R));
        modelRegistry.registerModelVersion(modelId, Bn254.R, circuitId);
        vm.stopPrank();
    }

    function test_RevertWhen_CircuitRetired() public {
        vm.prank(governor);
        verifierRegistry.retire(circuitId);
        vm.expectRevert(abi.encodeWithSelector(IVerifierRegistry.RetiredCircuit.selector, circuitId));
        vm.prank(modelOwner);
        modelRegistry.registerModelVersion(modelId, 8, circuitId);
    }
}
