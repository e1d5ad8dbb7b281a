// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

/// @title Epochs and balances: where earnings are netted, and where all credited money waits to be withdrawn
/// @notice An epoch belongs to one model and is homogeneous: it pins the version of the head, the index, the circuit and
/// the policy when its first payment opens it. The first payment after its length has passed opens the next one. What the
/// model's owner registers meanwhile waits for that: else an owner who registers an index before each payment would make an
/// epoch of each, and nothing would net. Two things end an epoch before its length, neither of them in the owner's hands: a
/// payment after the policy changed or the circuit was retired opens the next one. A request therefore needs to store its
/// epoch only: whatever was pinned at payment follows from the epoch's record, of which nothing but the totals ever changes.
///
/// Earnings are booked in whole wei, rounded towards minus infinity for each slot and batch. When an epoch closes, with
/// A_c = opening balance (never positive) + what the epoch booked, contributor c is paid max(0, A_c) and carries
/// min(0, A_c) as a debt. As openings are never positive and each batch's positive earnings are at most its pools, the
/// payments of an epoch never exceed its pools. What the pools hold beyond the payments goes to the treasury, and so does
/// what slots without a contributor earned.
///
/// Closing visits every contributor (at most 64) instead of leaving pay to be computed lazily: the treasury's remainder is
/// exact only once every pay is known.
///
/// Pull payments only. Nothing here pauses, and no account can stand in the way of another's money.
interface IEpochLedger {
    /// @notice An epoch. Everything above `outstanding` is fixed when it opens.
    struct Epoch {
        uint32 modelVersion;
        uint32 indexVersion;
        uint32 policyId;
        bytes4 circuitId;
        uint40 openedAt;
        /// From this second on the epoch accepts no payment.
        uint40 endsAt;
        /// Requests paid in this epoch that are neither settled nor refunded.
        uint32 outstanding;
        /// Sum of the contributors' pools of its settled batches, in wei.
        uint128 poolsWei;
    }

    /// @notice What an account owes a model's later epochs.
    struct Debt {
        uint128 amountWei;
        /// The index under which the debt was last written.
        uint32 indexVersion;
    }

    /// @notice A batch that the escrow settles.
    struct SettledBatch {
        uint256 modelId;
        uint256 epochId;
        uint256 batchId;
        /// Number of its requests.
        uint256 count;
        /// Sum of their pools, computed by the escrow when they were paid.
        uint256 poolsWei;
        address prover;
    }

    /// @notice A payment opened an epoch.
    event EpochOpened(
        uint256 indexed modelId,
        uint256 indexed epochId,
        uint256 modelVersion,
        uint256 indexVersion,
        bytes4 circuitId,
        uint256 policyId,
        uint256 endsAt
    );
    /// @notice A batch was booked: its fees are split into the pools, which stay with the epoch, and the fixed shares, which
    /// were credited. `earningsWei[slot]` was added to the slot's balance of the epoch.
    event BatchBooked(
        uint256 indexed modelId,
        uint256 indexed epochId,
        uint256 indexed batchId,
        uint256 feesWei,
        uint256 poolsWei,
        uint256 modelOwnerWei,
        uint256 stakersWei,
        uint256 proverWei,
        uint256 treasuryWei,
        int256[] earningsWei
    );
    /// @notice A contributor's account for an epoch was closed: paid + (-carried) = opening + booked.
    /// @param openingWei What the debt from earlier epochs amounted to; never positive.
    /// @param carriedWei The debt that later epochs start with; 0 when something was paid.
    event ContributorNetted(
        uint256 indexed modelId,
        uint256 indexed epochId,
        address indexed contributor,
        uint256 slot,
        int256 openingWei,
        int256 bookedWei,
        uint256 paidWei,
        uint256 carriedWei
    );
    /// @notice An epoch closed: poolsWei = paidWei + treasuryWei.
    event EpochClosed(
        uint256 indexed modelId, uint256 indexed epochId, uint256 poolsWei, uint256 paidWei, uint256 treasuryWei
    );
    /// @notice An account may withdraw so much more. The sum of these less the sum of `Withdrawn` is `claimableOf`.
    event AccountCredited(address indexed account, uint256 amountWei);
    /// @notice An account received all that it had been credited.
    event Withdrawn(address indexed account, uint256 amountWei);

    /// @notice Only the escrow may do this.
    error NotEscrow(address caller, address escrow);
    /// @notice The model has no epoch of this id.
    error UnknownEpoch(uint256 modelId, uint256 epochId);
    error EpochAlreadyClosed(uint256 modelId, uint256 epochId);
    /// @notice Debts are carried from epoch to epoch, so epochs close in order.
    error EarlierEpochNotClosed(uint256 modelId, uint256 epochId, uint256 firstUnclosedEpochId);
    /// @notice The epoch still accepts payments.
    error EpochNotEnded(uint256 modelId, uint256 epochId, uint256 endsAt);
    /// @notice Requests of the epoch are neither settled nor refunded yet.
    error EpochHasOutstandingRequests(uint256 modelId, uint256 epochId, uint256 outstanding);
    /// @notice The positive earnings of a batch exceed its pools; both in 2^-64 wei. No honest batch does that, so a circuit
    /// that is wrong stays contained to its own batch.
    error PositiveEarningsExceedPools(uint256 positiveSum, uint256 limit);
    /// @notice The absolute earnings of a batch exceed twice its pools; both in 2^-64 wei.
    error AbsoluteEarningsExceedPools(uint256 absoluteSum, uint256 limit);
    // `PackedBalances.BalanceOutOfRange`: what an epoch books for a slot must stay within 2^84 wei, 19.3 million OPEN.

    /// @notice The account has nothing to withdraw.
    error NothingToWithdraw(address account);
    /// @notice The account refused the money. Its balance stays.
    error WithdrawalFailed(address account, uint256 amountWei);

    /// @notice Counts a request in. When the current epoch has ended, its policy is no longer current or its circuit is retired,
    /// that opens the model's next epoch, under what `payableVersionsOf` then says. Escrow only, at payment.
    /// @return epochId Ids count from 1 for each model.
    /// @return policyId The policy that the epoch pins.
    function admitRequest(uint256 modelId) external returns (uint256 epochId, uint256 policyId);

    /// @notice Counts a request out and credits its payer with the fee, which is the value sent. Escrow only, at refund.
    function releaseRequest(uint256 modelId, uint256 epochId, address payer) external payable;

    /// @notice Books a settled batch; the value sent is the sum of its fees. Escrow only, after it verified the proof.
    /// @dev Credits the fixed shares, each rounded down, and the treasury with all that remains beyond the pools.
    /// @param encodedEarnings One a slot, e + 2^180 with e in 2^-64 wei. Booked as floor(e / 2^64).
    function bookBatch(SettledBatch calldata batch, uint256[] calldata encodedEarnings) external payable;

    /// @notice Closes an epoch. By anyone, when all of this holds: its length has passed or a later epoch superseded it
    /// (which before its length only a new policy or a retired circuit brings about);
    /// every request in it is settled or refunded; the epoch before is closed.
    /// @dev A debt opens the next epoch in full under the same index. Under another index a quarter of it, rounded up, is
    /// kept, once: it is then a debt under the new index.
    function closeEpoch(uint256 modelId, uint256 epochId) external;

    /// @notice Sends an account all that it has been credited. By anyone: the money can only go to `account`.
    /// @dev An account that refuses makes the call revert and keeps its balance here, where it hurts nobody else.
    function withdraw(address account) external;

    /// @notice An epoch's record. Reverts with `UnknownEpoch`.
    function epochOf(uint256 modelId, uint256 epochId) external view returns (Epoch memory);

    /// @notice The model's newest epoch; 0 before the first payment.
    function currentEpochIdOf(uint256 modelId) external view returns (uint256);

    /// @notice The model's last closed epoch; 0 while there is none. Those before it are closed, those after it are not.
    function lastClosedEpochIdOf(uint256 modelId) external view returns (uint256);

    /// @notice What an epoch has booked for a slot so far, in wei.
    function bookedEarningOf(uint256 modelId, uint256 epochId, uint256 slot) external view returns (int128);

    /// @notice What an account owes a model, and under which index.
    function debtOf(uint256 modelId, address account) external view returns (Debt memory);

    /// @notice What `withdraw` would send to an account, in wei.
    function claimableOf(address account) external view returns (uint256);
}
