// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {TestBase} from "../base/TestBase.sol";

/// @title What a sequence of actions reached, and how often
/// @notice An invariant that holds because nothing happened says nothing. Every situation that a sequence should reach is listed here by
/// name, and counted when it was. At the end of each sequence the counts are appended to the file that POA_SITUATIONS_FILE names, when
/// it names one, a line of JSON each; `npm run assurance -- contracts` adds them up and wants every one.
abstract contract Situations is TestBase {
    string private constant FILE_VARIABLE = "POA_SITUATIONS_FILE";

    string[] private _names = [
        "nothing to do",
        "paid",
        "paid by the wash trader",
        "paid while a new index waited",
        "sealed one",
        "sealed several",
        "sealed by a sealer",
        "settled",
        "settled after its policy was replaced",
        "settled after its index was replaced",
        "settled for a hostile prover",
        "settled with a negative earning",
        "settled with wash trading",
        "settled at the deadline",
        "settled with little gas",
        "starved of gas",
        "refunded a request that was Paid",
        "refunded a request that was Sealed",
        "refunded under a retired circuit",
        "refunded a hostile payer",
        "closed",
        "closed with payments",
        "closed with a debt",
        "cut a debt of another index",
        "withdrawn",
        "refused by its receiver",
        "refused by its receiver, who could not withdraw twice",
        "gas burnt by its receiver",
        "memory bomb returned by its receiver",
        "called back while receiving",
        "withdrew while receiving, in vain",
        "paid while receiving",
        "sealed while receiving",
        "settled while receiving",
        "refunded while receiving",
        "closed while receiving",
        "time passed",
        "ether forced",
        "index changed",
        "head changed",
        "policy changed",
        "operator changed",
        "sealer changed",
        "circuit retired",
        "circuit replaced",
        "in vain: settling a settled batch",
        "in vain: settling a late batch",
        "in vain: refunding a final request",
        "in vain: refunding in time",
        "in vain: refunding at the deadline",
        "in vain: sealing twice",
        "in vain: sealing one request as two",
        "in vain: sealing unapproved",
        "in vain: sealing across epochs",
        "in vain: sealing late",
        "in vain: earning more than the pools",
        "in vain: losing more than the pools",
        "in vain: closing early",
        "in vain: closing twice",
        "in vain: closing out of order",
        "in vain: closing with open requests",
        "in vain: copying a proof for another prover",
        "in vain: changing earnings",
        "in vain: changing leaves",
        "in vain: settling with another batch's proof",
        "in vain: settling for nobody",
        "in vain: a stranger at the policies",
        "in vain: a stranger at the circuits",
        "in vain: a stranger at a model",
        "in vain: a stranger at the ledger",
        "in vain: proving under a retired circuit",
        "in vain: registering a retired circuit",
        "in vain: retiring twice",
        "in vain: paying under a retired circuit",
        "in vain: sealing under a retired circuit",
        "in vain: settling under a retired circuit",
        "in vain: sending ether"
    ];
    mapping(bytes32 nameHash => uint256) private _position;
    uint256[] private _counts;

    constructor() {
        _counts = new uint256[](_names.length);
        for (uint256 i = 0; i < _names.length; ++i) {
            _position[keccak256(bytes(_names[i]))] = i + 1;
        }
    }

    function _reached(string memory name) internal {
        uint256 position = _position[keccak256(bytes(name))];
        vm.assertTrue(position != 0, string.concat("no such situation: ", name));
        ++_counts[position - 1];
    }

    /// @dev See the notice of this contract.
    function writeSituations() external {
        string memory path = vm.envOr(FILE_VARIABLE, string(""));
        if (bytes(path).length == 0) return;
        string memory line = "{";
        for (uint256 i = 0; i < _names.length; ++i) {
            string memory comma = i == 0 ? "" : ",";
            line = string.concat(line, comma, "\"", _names[i], "\":", vm.toString(_counts[i]));
        }
        vm.writeLine(path, string.concat(line, "}"));
    }
}
