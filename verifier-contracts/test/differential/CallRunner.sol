// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

/// @title Makes many calls as one, each with its own outcome
/// @notice `npm run assurance` compares thousands of cases with the TypeScript reference. It reads hundreds of them by one eth_call, and sends
/// whole sequences as one transaction, in which this contract is every role at once: governance, model owner, operator, payer.
contract CallRunner {
    struct Call {
        address target;
        uint256 value;
        bytes data;
    }

    /// @dev What a call returned, or the error with which it reverted.
    struct Outcome {
        bool isSuccess;
        bytes data;
    }

    /// @notice A transaction has no result that one could read afterwards.
    event CallsMade(Outcome[] outcomes);

    error CreationFailed();

    receive() external payable {}

    /// @notice Runs creation code, constructor arguments included, so that this contract is the creator.
    function create(bytes memory code) external returns (address created) {
        assembly ("memory-safe") {
            created := create(0, add(code, 0x20), mload(code))
        }
        if (created == address(0)) revert CreationFailed();
    }

    function run(Call[] calldata calls) external payable returns (Outcome[] memory outcomes) {
        outcomes = new Outcome[](calls.length);
        for (uint256 i = 0; i < calls.length; ++i) {
            Call calldata call = calls[i];
            (outcomes[i].isSuccess, outcomes[i].data) = call.target.call{value: call.value}(call.data);
        }
        emit CallsMade(outcomes);
    }
}
