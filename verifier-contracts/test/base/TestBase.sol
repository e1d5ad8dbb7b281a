// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {Vm} from "./Vm.sol";

/// @title What every test starts from
abstract contract TestBase {
    Vm internal constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));

    /// @dev The creation code did not run at the address.
    error CreationFailed(address where, bytes reason);

    /// @dev Brings a fuzzed number into [minimum, maximum] without throwing runs away.
    function bound(uint256 value, uint256 minimum, uint256 maximum) internal pure returns (uint256) {
        uint256 size = maximum - minimum + 1;
        return size == 0 ? value : minimum + value % size;
    }

    /// @dev An address known by a name in traces.
    function named(string memory name) internal returns (address account) {
        account = address(uint160(uint256(keccak256(bytes(name)))));
        vm.label(account, name);
    }

    /// @dev Runs a contract's creation code, with its constructor arguments, at an address of our choice. Immutables hold,
    /// and what the constructor creates has `where` as its creator. Proof fixtures need it: they name the settlement.
    function createAt(address where, bytes memory creationCodeWithArguments) internal {
        vm.etch(where, creationCodeWithArguments);
        (bool isCreated, bytes memory runtimeCodeOrReason) = where.call("");
        if (!isCreated) revert CreationFailed(where, runtimeCodeOrReason);
        vm.etch(where, runtimeCodeOrReason);
    }
}
