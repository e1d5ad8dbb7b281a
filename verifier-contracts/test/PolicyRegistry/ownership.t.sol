// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {Ownable, Ownable2Step} from "@openzeppelin/contracts/access/Ownable2Step.sol";
import {PolicyRegistry} from "../../src/PolicyRegistry.sol";
import {IPolicyRegistry} from "../../src/interfaces/IPolicyRegistry.sol";
import {OwnershipTest} from "../base/OwnershipTest.sol";

contract PolicyRegistryOwnershipTest is OwnershipTest {
    function test_RevertWhen_CreatedWithoutAnOwner() public {
        IPolicyRegistry.Policy memory policy = defaultPolicy();
        vm.expectRevert(abi.encodeWithSelector(Ownable.OwnableInvalidOwner.selector, address(0)));
        new PolicyRegistry(address(0), policy);
    }

    function registry() internal view override returns (Ownable2Step) {
        return policyRegistry;
    }

    function actAsOwner() internal override {
        policyRegistry.publishPolicy(defaultPolicy());
    }
}
