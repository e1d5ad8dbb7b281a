// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

/// @title Policies: how a fee is shared and how long each stage may last
/// @notice An append-only list. A policy never changes once published; a payment pins the one that is current, so nothing
/// published later touches a paid request.
interface IPolicyRegistry {
    /// @notice One policy. Shares are in basis points of the fee and sum to 10,000.
    struct Policy {
        /// Share that forms the contributors' pool of an inference.
        uint16 contributorsBps;
        uint16 modelOwnerBps;
        uint16 stakersBps;
        uint16 proverBps;
        /// Share of the treasury, which also takes what rounding leaves of a batch and what the pools of an epoch do not
        /// pay out.
        uint16 treasuryBps;
        address treasury;
        /// Account that collects the stakers' share.
        address stakers;
        /// Seconds an epoch accepts payments.
        uint32 epochLength;
        /// Seconds from payment within which the operator must seal a request.
        uint32 sealWindow;
        /// Seconds from the seal deadline of a request within which its batch must be settled.
        uint32 settleWindow;
    }

    /// @notice A policy was published and is current from now on.
    event PolicyPublished(uint256 indexed policyId, Policy policy);

    /// @notice The five shares do not sum to 10,000 basis points.
    error SharesDoNotSumToWhole(uint256 sumBps);
    /// @notice Contributors, model owner, prover and stakers together exceed 9,500 basis points. The rest is the margin
    /// that makes paying one's own fee a loss whatever parts one plays.
    error PaidOutSharesTooHigh(uint256 paidOutBps, uint256 maximumBps);
    /// @notice A duration is outside its bounds; all in seconds.
    error EpochLengthOutOfRange(uint256 received, uint256 minimum, uint256 maximum);
    error SealWindowOutOfRange(uint256 received, uint256 minimum, uint256 maximum);
    error SettleWindowOutOfRange(uint256 received, uint256 minimum, uint256 maximum);
    /// @notice The treasury or the stakers' account is the zero address.
    error PolicyAccountIsZero();
    /// @notice No policy has this id.
    error UnknownPolicy(uint256 policyId);

    /// @notice Appends a policy and makes it the current one. Owner only.
    /// @return policyId Ids count from 1.
    function publishPolicy(Policy calldata policy) external returns (uint256 policyId);

    /// @notice The id that a payment made now pins; never 0.
    function currentPolicyId() external view returns (uint256);

    /// @notice A policy by id. Reverts with `UnknownPolicy`.
    function policyOf(uint256 policyId) external view returns (Policy memory);
}
