// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {Ownable, Ownable2Step} from "@openzeppelin/contracts/access/Ownable2Step.sol";
import {VerifierRegistry} from "../../src/VerifierRegistry.sol";
import {OwnershipTest} from "../base/OwnershipTest.sol";

contract VerifierRegistryOwnershipTest is OwnershipTest {
    function test_RevertWhen_CreatedWithoutAnOwner() public {
        vm.expectRevert(abi.encodeWithSelector(Ownable.OwnableInvalidOwner.selector, address(0)));
        new VerifierRegistry(address(0));
    }

    function registry() internal view override returns (Ownable2Step) {
        return verifierRegistry;
    }

    function actAsOwner() internal override {
        verifierRegistry.retire(circuitId);
    }
}
