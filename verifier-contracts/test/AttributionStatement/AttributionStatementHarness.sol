// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {AttributionStatement} from "../../src/AttributionStatement.sol";

/// @title The library's internal functions, callable from outside
contract AttributionStatementHarness {
    function batchHash(AttributionStatement.Leaves calldata leaves) external pure returns (bytes32) {
        return AttributionStatement.batchHash(leaves);
    }

    function contextSignal(AttributionStatement.Context calldata context) external pure returns (uint256) {
        return AttributionStatement.contextSignal(context);
    }

    function challengeSignal(uint256 context, uint256 digest, uint256 weights, uint256 index, uint256[] calldata x)
        external
        pure
        returns (uint256)
    {
        return AttributionStatement.challengeSignal(context, digest, weights, index, x);
    }

    function evaluationSignal(uint256[] calldata x, uint256 challenge) external pure returns (uint256) {
        return AttributionStatement.evaluationSignal(x, challenge);
    }

    function dataVector(
        AttributionStatement.Leaves calldata leaves,
        uint256[] calldata earnings,
        uint256 traces,
        uint256 contributors
    ) external pure returns (uint256[] memory) {
        return AttributionStatement.dataVector(leaves, earnings, traces, contributors);
    }

    function decodeEarning(uint256 encoded, uint256 slot) external pure returns (int256) {
        return AttributionStatement.decodeEarning(encoded, slot);
    }

    function earningWeiRoundedDown(int256 earning) external pure returns (int256) {
        return AttributionStatement.earningWeiRoundedDown(earning);
    }

    function toArray(AttributionStatement.PublicSignals calldata signals) external pure returns (uint256[6] memory) {
        return AttributionStatement.toArray(signals);
    }
}
