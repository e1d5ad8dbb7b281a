// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {IVerifierRegistry} from "../../src/interfaces/IVerifierRegistry.sol";
import {SettlementTest} from "../base/SettlementTest.sol";

contract VerifierRegistryCircuitOfTest is SettlementTest {
    function test_ActiveCircuitIsTheSame() public view {
        vm.assertEq(
            keccak256(abi.encode(verifierRegistry.circuitOf(circuitId))),
            keccak256(abi.encode(verifierRegistry.activeCircuitOf(circuitId)))
        );
    }

    function test_RevertWhen_Unknown() public {
        vm.expectRevert(abi.encodeWithSelector(IVerifierRegistry.UnknownCircuit.selector, bytes4(0)));
        verifierRegistry.circuitOf(0);
        vm.expectRevert(abi.encodeWithSelector(IVerifierRegistry.UnknownCircuit.selector, bytes4(0)));
        verifierRegistry.activeCircuitOf(0);
        vm.expectRevert(abi.encodeWithSelector(IVerifierRegistry.UnknownCircuit.selector, bytes4(0)));
        verifierRegistry.isRetired(0);
    }
}
