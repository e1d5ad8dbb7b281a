// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {IVerifierRegistry} from "../../src/interfaces/IVerifierRegistry.sol";
import {SettlementTest} from "../base/SettlementTest.sol";

contract VerifierRegistryRetireTest is SettlementTest {
    function test_LeavesATombstone() public {
        vm.assertFalse(verifierRegistry.isRetired(circuitId));
        vm.expectEmit(address(verifierRegistry));
        emit IVerifierRegistry.CircuitRetired(circuitId);
        vm.prank(governor);
        verifierRegistry.retire(circuitId);

        IVerifierRegistry.Circuit memory circuit = verifierRegistry.circuitOf(circuitId);
        vm.assertTrue(circuit.isRetired);
        vm.assertTrue(verifierRegistry.isRetired(circuitId));
        vm.assertEq(address(circuit.verifier), address(verifier));
        vm.expectRevert(abi.encodeWithSelector(IVerifierRegistry.RetiredCircuit.selector, circuitId));
        verifierRegistry.activeCircuitOf(circuitId);
    }

    function test_RevertWhen_NotOwner() public {
        vm.expectRevert(abi.encodeWithSelector(Ownable.OwnableUnauthorizedAccount.selector, stranger));
        vm.prank(stranger);
        verifierRegistry.retire(circuitId);
    }

    function test_RevertWhen_Unknown() public {
        vm.expectRevert(abi.encodeWithSelector(IVerifierRegistry.UnknownCircuit.selector, bytes4(0x12345678)));
        vm.prank(governor);
        verifierRegistry.retire(0x12345678);
    }

    function test_RevertWhen_AlreadyRetired() public {
        vm.startPrank(governor);
        verifierRegistry.retire(circuitId);
        vm.expectRevert(abi.encodeWithSelector(IVerifierRegistry.RetiredCircuit.selector, circuitId));
        verifierRegistry.retire(circuitId);
        vm.stopPrank();
    }
}
