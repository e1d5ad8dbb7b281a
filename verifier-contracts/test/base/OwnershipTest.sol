// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {Ownable, Ownable2Step} from "@openzeppelin/contracts/access/Ownable2Step.sol";
import {SettlementTest} from "./SettlementTest.sol";

/// @title How a registry changes hands, for whichever registry
abstract contract OwnershipTest is SettlementTest {
    address private _next = named("next owner");

    function registry() internal view virtual returns (Ownable2Step);

    /// @dev What only the owner may do.
    function actAsOwner() internal virtual;

    function test_MovesInTwoSteps() public {
        vm.prank(governor);
        registry().transferOwnership(_next);
        vm.assertEq(registry().owner(), governor);
        vm.prank(_next);
        registry().acceptOwnership();
        vm.assertEq(registry().owner(), _next);
        vm.prank(_next);
        actAsOwner();
    }

    function test_RevertWhen_NotOwnerTransfers() public {
        _expectUnauthorized(stranger);
        registry().transferOwnership(stranger);
    }

    function test_RevertWhen_NotOwnerRenounces() public {
        _expectUnauthorized(stranger);
        registry().renounceOwnership();
    }

    /// @dev Named, but not yet owner.
    function test_RevertWhen_ActingBeforeAccepting() public {
        vm.prank(governor);
        registry().transferOwnership(_next);
        _expectUnauthorized(_next);
        actAsOwner();
    }

    function test_RevertWhen_AnotherAccepts() public {
        _expectUnauthorized(stranger);
        registry().acceptOwnership();
        vm.prank(governor);
        registry().transferOwnership(_next);
        _expectUnauthorized(stranger);
        registry().acceptOwnership();
    }

    /// @dev The owner thought better of it, or named somebody else.
    function test_RevertWhen_AcceptingAfterBeingReplaced() public {
        address[2] memory replacements = [address(0), stranger];
        for (uint256 i = 0; i < replacements.length; ++i) {
            vm.startPrank(governor);
            registry().transferOwnership(_next);
            registry().transferOwnership(replacements[i]);
            vm.stopPrank();
            _expectUnauthorized(_next);
            registry().acceptOwnership();
        }
    }

    function test_RevertWhen_TheFormerOwnerActs() public {
        vm.prank(governor);
        registry().transferOwnership(_next);
        vm.prank(_next);
        registry().acceptOwnership();
        _expectUnauthorized(governor);
        actAsOwner();
        _expectUnauthorized(governor);
        registry().transferOwnership(governor);
    }

    function _expectUnauthorized(address account) private {
        vm.expectRevert(abi.encodeWithSelector(Ownable.OwnableUnauthorizedAccount.selector, account));
        vm.prank(account);
    }
}
