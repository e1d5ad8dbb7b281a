// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {Ownable, Ownable2Step} from "@openzeppelin/contracts/access/Ownable2Step.sol";
import {IPolicyRegistry} from "./interfaces/IPolicyRegistry.sol";

/// @title See `IPolicyRegistry`
contract PolicyRegistry is IPolicyRegistry, Ownable2Step {
    /// @notice The whole, in basis points.
    uint256 public constant WHOLE_BPS = 10_000;
    /// @notice Contributors, model owner, prover and stakers together get at most this.
    uint256 public constant MAXIMUM_PAID_OUT_BPS = 9500;

    uint256 public constant MINIMUM_EPOCH_LENGTH = 10 minutes;
    uint256 public constant MAXIMUM_EPOCH_LENGTH = 90 days;
    uint256 public constant MINIMUM_SEAL_WINDOW = 1 minutes;
    uint256 public constant MAXIMUM_SEAL_WINDOW = 7 days;
    /// @notice A proof takes seconds to minutes and must then reach a block.
    uint256 public constant MINIMUM_SETTLE_WINDOW = 10 minutes;
    uint256 public constant MAXIMUM_SETTLE_WINDOW = 30 days;

    /// @inheritdoc IPolicyRegistry
    uint256 public currentPolicyId;

    mapping(uint256 policyId => Policy) private _policies;

    /// @param initialOwner Who may publish policies.
    /// @param firstPolicy Policy 1, so that there is a current policy from the first block on.
    constructor(address initialOwner, Policy memory firstPolicy) Ownable(initialOwner) {
        _publish(firstPolicy);
    }

    /// @inheritdoc IPolicyRegistry
    function publishPolicy(Policy calldata policy) external onlyOwner returns (uint256 policyId) {
        return _publish(policy);
    }

    /// @inheritdoc IPolicyRegistry
    function policyOf(uint256 policyId) external view returns (Policy memory policy) {
        policy = _policies[policyId];
        // No policy has epochs of no length.
        if (policy.epochLength == 0) revert UnknownPolicy(policyId);
    }

    function _publish(Policy memory policy) private returns (uint256 policyId) {
        _requireSoundShares(policy);
        _requireSoundDurations(policy);
        if (policy.treasury == address(0) || policy.stakers == address(0)) revert PolicyAccountIsZero();

        policyId = ++currentPolicyId;
        _policies[policyId] = policy;
        emit PolicyPublished(policyId, policy);
    }

    function _requireSoundShares(Policy memory policy) private pure {
        uint256 paidOutBps =
            uint256(policy.contributorsBps) + policy.modelOwnerBps + policy.stakersBps + policy.proverBps;
        uint256 sumBps = paidOutBps + policy.treasuryBps;
        if (sumBps != WHOLE_BPS) revert SharesDoNotSumToWhole(sumBps);
        if (paidOutBps > MAXIMUM_PAID_OUT_BPS) revert PaidOutSharesTooHigh(paidOutBps, MAXIMUM_PAID_OUT_BPS);
    }

    function _requireSoundDurations(Policy memory policy) private pure {
        if (policy.epochLength < MINIMUM_EPOCH_LENGTH || policy.epochLength > MAXIMUM_EPOCH_LENGTH) {
            revert EpochLengthOutOfRange(policy.epochLength, MINIMUM_EPOCH_LENGTH, MAXIMUM_EPOCH_LENGTH);
        }
        if (policy.sealWindow < MINIMUM_SEAL_WINDOW || policy.sealWindow > MAXIMUM_SEAL_WINDOW) {
            revert SealWindowOutOfRange(policy.sealWindow, MINIMUM_SEAL_WINDOW, MAXIMUM_SEAL_WINDOW);
        }
        if (policy.settleWindow < MINIMUM_SETTLE_WINDOW || policy.settleWindow > MAXIMUM_SETTLE_WINDOW) {
            revert SettleWindowOutOfRange(policy.settleWindow, MINIMUM_SETTLE_WINDOW, MAXIMUM_SETTLE_WINDOW);
        }
    }
}
