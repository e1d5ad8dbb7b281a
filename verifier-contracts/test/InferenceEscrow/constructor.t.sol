// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {EpochLedger} from "../../src/EpochLedger.sol";
import {InferenceEscrow} from "../../src/InferenceEscrow.sol";
import {SettlementTest} from "../base/SettlementTest.sol";

contract InferenceEscrowConstructorTest is SettlementTest {
    function test_EscrowAndLedgerKnowEachOther() public view {
        vm.assertEq(address(escrow), SETTLEMENT);
        vm.assertEq(ledger.escrow(), SETTLEMENT);
        vm.assertTrue(address(ledger).code.length > 0);
    }

    function test_BothUseTheSameRegistries() public {
        InferenceEscrow other = new InferenceEscrow(policyRegistry, modelRegistry, verifierRegistry);
        EpochLedger otherLedger = EpochLedger(address(other.ledger()));
        vm.assertEq(address(other.policyRegistry()), address(policyRegistry));
        vm.assertEq(address(other.modelRegistry()), address(modelRegistry));
        vm.assertEq(address(other.verifierRegistry()), address(verifierRegistry));
        vm.assertEq(address(otherLedger.policyRegistry()), address(policyRegistry));
        vm.assertEq(address(otherLedger.modelRegistry()), address(modelRegistry));
        vm.assertEq(otherLedger.escrow(), address(other));
    }

    /// @dev Money that belongs to nobody has no way in, short of being forced.
    function test_RevertWhen_SentMoneyDirectly() public {
        vm.deal(address(this), 2);
        (bool isAccepted, bytes memory reason) = address(escrow).call{value: 1}("");
        vm.assertFalse(isAccepted);
        vm.assertEq(reason.length, 0);
        (isAccepted, reason) = address(ledger).call{value: 1}("");
        vm.assertFalse(isAccepted);
        vm.assertEq(reason.length, 0);
    }
}
