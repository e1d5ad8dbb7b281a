// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

/// @title An account that does whatever a test wants when it is sent money
contract HostileReceiver {
    enum Mode {
        Accept,
        Revert,
        Reenter,
        ReenterAndSwallow,
        BurnGas,
        ReturnBomb
    }

    error Refused();

    Mode public mode;
    address public target;
    bytes public call;
    bool public hasReenteredSuccessfully;
    bytes public reentrancyReason;

    function arm(Mode mode_, address target_, bytes calldata call_) external {
        (mode, target, call) = (mode_, target_, call_);
    }

    /// @dev Makes any call as this account.
    function perform(address callee, uint256 value, bytes calldata data) external payable returns (bytes memory) {
        (bool isDone, bytes memory returned) = callee.call{value: value}(data);
        if (!isDone) revert Refused();
        return returned;
    }

    receive() external payable {
        if (mode == Mode.Revert) revert Refused();
        if (mode == Mode.Reenter || mode == Mode.ReenterAndSwallow) {
            (bool isDone, bytes memory returned) = target.call(call);
            hasReenteredSuccessfully = isDone;
            reentrancyReason = returned;
            if (!isDone && mode == Mode.Reenter) revert Refused();
        }
        if (mode == Mode.BurnGas) {
            while (true) {}
        }
        if (mode == Mode.ReturnBomb) {
            assembly {
                revert(0, 1000000)
            }
        }
    }
}
