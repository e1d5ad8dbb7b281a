// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {IModelRegistry} from "../../src/interfaces/IModelRegistry.sol";
import {SettlementTest} from "../base/SettlementTest.sol";

contract ModelRegistrySetOperatorTest is SettlementTest {
    function test_Changes() public {
        vm.expectEmit(address(modelRegistry));
        emit IModelRegistry.OperatorChanged(modelId, operator, stranger);
        vm.prank(modelOwner);
        modelRegistry.setOperator(modelId, stranger);
        vm.assertEq(modelRegistry.modelOf(modelId).operator, stranger);
    }

    function test_RevertWhen_NotModelOwner() public {
        vm.expectRevert(abi.encodeWithSelector(IModelRegistry.NotModelOwner.selector, operator, modelOwner));
        vm.prank(operator);
        modelRegistry.setOperator(modelId, stranger);
    }

    function test_RevertWhen_OperatorIsZero() public {
        vm.expectRevert(abi.encodeWithSelector(IModelRegistry.OperatorIsZero.selector));
        vm.prank(modelOwner);
        modelRegistry.setOperator(modelId, address(0));
    }

    function test_RevertWhen_UnknownModel() public {
        vm.expectRevert(abi.encodeWithSelector(IModelRegistry.UnknownModel.selector, 0));
        modelRegistry.setOperator(0, stranger);
    }
}
