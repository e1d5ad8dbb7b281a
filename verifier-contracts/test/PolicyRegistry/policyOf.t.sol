// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {IPolicyRegistry} from "../../src/interfaces/IPolicyRegistry.sol";
import {SettlementTest} from "../base/SettlementTest.sol";

contract PolicyRegistryPolicyOfTest is SettlementTest {
    function test_FirstPolicyIsCurrentFromTheStart() public view {
        vm.assertEq(policyRegistry.currentPolicyId(), 1);
        vm.assertEq(keccak256(abi.encode(policyRegistry.policyOf(1))), keccak256(abi.encode(defaultPolicy())));
        vm.assertEq(policyRegistry.owner(), governor);
    }

    function test_RevertWhen_Unknown() public {
        vm.expectRevert(abi.encodeWithSelector(IPolicyRegistry.UnknownPolicy.selector, 0));
        policyRegistry.policyOf(0);
        vm.expectRevert(abi.encodeWithSelector(IPolicyRegistry.UnknownPolicy.selector, 2));
        policyRegistry.policyOf(2);
    }
}
