// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {Bn254} from "../../src/Bn254.sol";
import {IModelRegistry} from "../../src/interfaces/IModelRegistry.sol";
import {IVerifierRegistry} from "../../src/interfaces/IVerifierRegistry.sol";
import {SettlementTest} from "../base/SettlementTest.sol";

contract ModelRegistryRegisterModelTest is SettlementTest {
    function test_RegistersVersionOne() public {
        vm.expectEmit(address(modelRegistry));
        emit IModelRegistry.ModelRegistered(8, stranger, operator);
        vm.expectEmit(address(modelRegistry));
        emit IModelRegistry.ModelVersionRegistered(8, 1, 7, circuitId);
        vm.prank(stranger);
        uint256 id = modelRegistry.registerModel(7, circuitId, operator);

        vm.assertEq(id, 8);
        vm.assertEq(modelRegistry.modelCount(), 8);
        IModelRegistry.Model memory model = modelRegistry.modelOf(8);
        vm.assertEq(model.owner, stranger);
        vm.assertEq(model.operator, operator);
        vm.assertEq(model.modelVersion, 1);
        vm.assertEq(model.indexVersion, 0);
        vm.assertEq(modelRegistry.modelVersionOf(8, 1).weightsCommitment, 7);
        vm.assertTrue(modelRegistry.modelVersionOf(8, 1).circuitId == circuitId);
    }

    function test_AcceptsTheLargestCommitment() public {
        modelRegistry.registerModel(Bn254.R - 1, circuitId, operator);
    }

    function test_RevertWhen_CommitmentNotCanonical() public {
        vm.expectRevert(abi.encodeWithSelector(IModelRegistry.CommitmentNotCanonical.selector, 0));
        modelRegistry.registerModel(0, circuitId, operator);
        vm.expectRevert(abi.encodeWithSelector(IModelRegistry.CommitmentNotCanonical.selector, Bn254.R));
        modelRegistry.registerModel(Bn254.R, circuitId, operator);
    }

    function test_RevertWhen_OperatorIsZero() public {
        vm.expectRevert(abi.encodeWithSelector(IModelRegistry.OperatorIsZero.selector));
        modelRegistry.registerModel(7, circuitId, address(0));
    }

    function test_RevertWhen_CircuitUnknown() public {
        vm.expectRevert(abi.encodeWithSelector(IVerifierRegistry.UnknownCircuit.selector, bytes4(0x12345678)));
        modelRegistry.registerModel(7, 0x12345678, operator);
    }

    function test_RevertWhen_CircuitRetired() public {
        vm.prank(governor);
        verifierRegistry.retire(circuitId);
        vm.expectRevert(abi.encodeWithSelector(IVerifierRegistry.RetiredCircuit.selector, circuitId));
        modelRegistry.registerModel(7, circuitId, operator);
    }
}
