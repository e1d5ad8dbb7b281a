// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {LowLevelCall} from "@openzeppelin/contracts/utils/LowLevelCall.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {AttributionStatement} from "./AttributionStatement.sol";
import {PackedBalances} from "./PackedBalances.sol";
import {IEpochLedger} from "./interfaces/IEpochLedger.sol";
import {IModelRegistry} from "./interfaces/IModelRegistry.sol";
import {IPolicyRegistry} from "./interfaces/IPolicyRegistry.sol";
import {IVerifierRegistry} from "./interfaces/IVerifierRegistry.sol";

/// @title See `IEpochLedger`
contract EpochLedger is IEpochLedger, ReentrancyGuardTransient {
    using PackedBalances for mapping(uint256 => uint256);
    using SafeCast for uint256;
    using SafeCast for int256;

    uint256 private constant WHOLE_BPS = 10_000;
    /// @dev A debt from another index is divided by this: a quarter is kept.
    uint256 private constant OTHER_INDEX_DEBT_DIVISOR = 4;

    /// @notice The only caller of `admitRequest`, `releaseRequest` and `bookBatch`. It created this ledger in its own constructor, so neither
    /// address can ever be set wrongly or late.
    address public immutable escrow;
    IPolicyRegistry public immutable policyRegistry;
    IModelRegistry public immutable modelRegistry;
    IVerifierRegistry public immutable verifierRegistry;

    /// @inheritdoc IEpochLedger
    mapping(uint256 modelId => uint256) public currentEpochIdOf;
    /// @inheritdoc IEpochLedger
    mapping(uint256 modelId => uint256) public lastClosedEpochIdOf;
    /// @inheritdoc IEpochLedger
    mapping(address account => uint256) public claimableOf;

    mapping(uint256 modelId => mapping(uint256 epochId => Epoch)) private _epochs;
    mapping(uint256 modelId => mapping(uint256 epochId => mapping(uint256 word => uint256))) private _earnings;
    mapping(uint256 modelId => mapping(address account => Debt)) private _debts;

    /// @dev The fixed shares of a batch, in wei.
    struct Shares {
        uint256 modelOwnerWei;
        uint256 stakersWei;
        uint256 proverWei;
        uint256 treasuryWei;
    }

    modifier onlyEscrow() {
        _requireEscrow();
        _;
    }

    /// @dev To be created by the escrow.
    constructor(IPolicyRegistry policyRegistry_, IModelRegistry modelRegistry_, IVerifierRegistry verifierRegistry_) {
        escrow = msg.sender;
        policyRegistry = policyRegistry_;
        modelRegistry = modelRegistry_;
        verifierRegistry = verifierRegistry_;
    }

    /// @inheritdoc IEpochLedger
    function admitRequest(uint256 modelId) external onlyEscrow returns (uint256 epochId, uint256 policyId) {
        policyId = policyRegistry.currentPolicyId();
        epochId = currentEpochIdOf[modelId];

        // Epoch 0 does not exist: its record is empty, ended at second 0, and so never continues.
        Epoch storage epoch = _epochs[modelId][epochId];
        // A newer head or index does not end an epoch: whoever registers them would else decide when debts are cut. Under a retired
        // circuit nothing could be settled.
        bool continues = block.timestamp < epoch.endsAt && epoch.policyId == policyId
            && !verifierRegistry.isRetired(epoch.circuitId);
        if (continues) {
            ++epoch.outstanding;
            return (epochId, policyId);
        }

        (uint32 modelVersion, uint32 indexVersion, bytes4 circuitId) = modelRegistry.payableVersionsOf(modelId);
        uint40 endsAt = (block.timestamp + policyRegistry.policyOf(policyId).epochLength).toUint40();
        currentEpochIdOf[modelId] = ++epochId;
        _epochs[modelId][epochId] = Epoch({
            modelVersion: modelVersion,
            indexVersion: indexVersion,
            policyId: policyId.toUint32(),
            circuitId: circuitId,
            openedAt: block.timestamp.toUint40(),
            endsAt: endsAt,
            outstanding: 1,
            poolsWei: 0
        });
        emit EpochOpened(modelId, epochId, modelVersion, indexVersion, circuitId, policyId, endsAt);
    }

    /// @inheritdoc IEpochLedger
    function releaseRequest(uint256 modelId, uint256 epochId, address payer) external payable onlyEscrow {
        --_epochs[modelId][epochId].outstanding;
        _credit(payer, msg.value);
    }

    /// @inheritdoc IEpochLedger
    function bookBatch(SettledBatch calldata batch, uint256[] calldata encodedEarnings) external payable onlyEscrow {
        Epoch storage epoch = _epochs[batch.modelId][batch.epochId];
        IPolicyRegistry.Policy memory policy = policyRegistry.policyOf(epoch.policyId);
        Shares memory shares = _sharesRoundedDown(msg.value, batch.poolsWei, policy);

        epoch.outstanding -= batch.count.toUint32();
        epoch.poolsWei += batch.poolsWei.toUint128();
        int256[] memory earningsWei = _earningsWeiRoundedDown(encodedEarnings, batch.poolsWei);
        _addEarnings(_earnings[batch.modelId][batch.epochId], earningsWei);
        _credit(modelRegistry.ownerOf(batch.modelId), shares.modelOwnerWei);
        _credit(policy.stakers, shares.stakersWei);
        _credit(batch.prover, shares.proverWei);
        _credit(policy.treasury, shares.treasuryWei);

        _emitBatchBooked(batch, shares, earningsWei);
    }

    /// @inheritdoc IEpochLedger
    function closeEpoch(uint256 modelId, uint256 epochId) external {
        Epoch memory epoch = _requireEpoch(modelId, epochId);
        uint256 lastClosed = lastClosedEpochIdOf[modelId];
        if (epochId <= lastClosed) revert EpochAlreadyClosed(modelId, epochId);
        if (epochId != lastClosed + 1) revert EarlierEpochNotClosed(modelId, epochId, lastClosed + 1);
        bool isSuperseded = epochId < currentEpochIdOf[modelId];
        if (!isSuperseded && block.timestamp < epoch.endsAt) revert EpochNotEnded(modelId, epochId, epoch.endsAt);
        if (epoch.outstanding != 0) revert EpochHasOutstandingRequests(modelId, epochId, epoch.outstanding);

        lastClosedEpochIdOf[modelId] = epochId;
        address[] memory contributors = modelRegistry.indexOf(modelId, epoch.indexVersion).contributors;
        uint256 paidWei = 0;
        for (uint256 slot = 0; slot < contributors.length; ++slot) {
            paidWei += _netContributor(modelId, epochId, epoch.indexVersion, slot, contributors[slot]);
        }
        // Does not underflow: see the interface. The earnings of slots beyond the contributors are part of what remains.
        uint256 treasuryWei = epoch.poolsWei - paidWei;
        _credit(policyRegistry.policyOf(epoch.policyId).treasury, treasuryWei);

        emit EpochClosed(modelId, epochId, epoch.poolsWei, paidWei, treasuryWei);
    }

    /// @inheritdoc IEpochLedger
    function withdraw(address account) external nonReentrant {
        uint256 amountWei = claimableOf[account];
        if (amountWei == 0) revert NothingToWithdraw(account);

        claimableOf[account] = 0;
        emit Withdrawn(account, amountWei);
        // All gas, because a smart account may need it and only the caller pays; no return data, so that none of it can be
        // used to make the call expensive.
        if (!LowLevelCall.callNoReturn(account, amountWei, "")) revert WithdrawalFailed(account, amountWei);
    }

    /// @inheritdoc IEpochLedger
    function epochOf(uint256 modelId, uint256 epochId) external view returns (Epoch memory) {
        return _requireEpoch(modelId, epochId);
    }

    /// @inheritdoc IEpochLedger
    function bookedEarningOf(uint256 modelId, uint256 epochId, uint256 slot) external view returns (int128) {
        return _earnings[modelId][epochId].balanceOf(slot);
    }

    /// @inheritdoc IEpochLedger
    function debtOf(uint256 modelId, address account) external view returns (Debt memory) {
        return _debts[modelId][account];
    }

    function _requireEscrow() private view {
        if (msg.sender != escrow) revert NotEscrow(msg.sender, escrow);
    }

    function _requireEpoch(uint256 modelId, uint256 epochId) private view returns (Epoch memory epoch) {
        epoch = _epochs[modelId][epochId];
        if (epoch.openedAt == 0) revert UnknownEpoch(modelId, epochId);
    }

    function _credit(address account, uint256 amountWei) private {
        if (amountWei == 0) return;
        claimableOf[account] += amountWei;
        emit AccountCredited(account, amountWei);
    }

    /// @dev Splits a batch's fees: each fixed share is rounded down, and the treasury takes all that is left beyond the
    /// pools, so the five parts sum to the fees to the wei. Pools were rounded down a request, so the treasury's part is
    /// never below its share.
    function _sharesRoundedDown(uint256 feesWei, uint256 poolsWei, IPolicyRegistry.Policy memory policy)
        private
        pure
        returns (Shares memory shares)
    {
        shares.modelOwnerWei = feesWei * policy.modelOwnerBps / WHOLE_BPS;
        shares.stakersWei = feesWei * policy.stakersBps / WHOLE_BPS;
        shares.proverWei = feesWei * policy.proverBps / WHOLE_BPS;
        shares.treasuryWei = feesWei - poolsWei - shares.modelOwnerWei - shares.stakersWei - shares.proverWei;
    }

    /// @dev A batch's earnings in whole wei, rounded down. The two bounds are what solvency rests on, so they are checked here,
    /// beside the balances.
    function _earningsWeiRoundedDown(uint256[] calldata encodedEarnings, uint256 poolsWei)
        private
        pure
        returns (int256[] memory earningsWei)
    {
        uint256 slots = encodedEarnings.length;
        earningsWei = new int256[](slots);
        int256 sum = 0;
        int256 positive = 0;
        // Earnings are within 2^180, and slots are few: the sums stay far below 2^255.
        unchecked {
            for (uint256 slot = 0; slot < slots; ++slot) {
                int256 earning = AttributionStatement.decodeEarning(encodedEarnings[slot], slot);
                sum += earning;
                // Of a negative number the sign's shift is all ones.
                positive += earning & ~(earning >> 255);
                earningsWei[slot] = AttributionStatement.earningWeiRoundedDown(earning);
            }
        }
        // forge-lint: disable-next-item(unsafe-typecast): sums of numbers that are not negative
        (uint256 positiveSum, uint256 absoluteSum) = (uint256(positive), uint256(2 * positive - sum));
        uint256 poolsLimit = poolsWei << AttributionStatement.EARNING_FRACTION_BITS;
        if (positiveSum > poolsLimit) revert PositiveEarningsExceedPools(positiveSum, poolsLimit);
        if (absoluteSum > 2 * poolsLimit) revert AbsoluteEarningsExceedPools(absoluteSum, 2 * poolsLimit);
    }

    /// @dev Adds a batch's earnings to an epoch, three slots to a storage word.
    function _addEarnings(mapping(uint256 word => uint256) storage words, int256[] memory earningsWei) private {
        uint256 slots = earningsWei.length;
        unchecked {
            for (uint256 slot = 0; slot < slots; slot += 3) {
                int256 second = slot + 1 < slots ? earningsWei[slot + 1] : int256(0);
                int256 third = slot + 2 < slots ? earningsWei[slot + 2] : int256(0);
                words.addToWord(slot / 3, earningsWei[slot], second, third);
            }
        }
    }

    /// @dev Settles one contributor's account for an epoch: pays a positive balance, carries a negative one.
    function _netContributor(uint256 modelId, uint256 epochId, uint32 indexVersion, uint256 slot, address contributor)
        private
        returns (uint256 paidWei)
    {
        Debt storage debt = _debts[modelId][contributor];
        uint256 owedWei = debt.amountWei;
        int256 openingWei = -(debt.indexVersion == indexVersion ? owedWei : _keptDebtRoundedUp(owedWei)).toInt256();
        int256 bookedWei = _earnings[modelId][epochId].balanceOf(slot);
        int256 balanceWei = openingWei + bookedWei;
        paidWei = balanceWei > 0 ? balanceWei.toUint256() : 0;
        uint256 carriedWei = balanceWei < 0 ? (-balanceWei).toUint256() : 0;

        if (carriedWei != 0) {
            _debts[modelId][contributor] = Debt({amountWei: carriedWei.toUint128(), indexVersion: indexVersion});
        } else if (owedWei != 0) {
            delete _debts[modelId][contributor];
        }
        _credit(contributor, paidWei);
        emit ContributorNetted(modelId, epochId, contributor, slot, openingWei, bookedWei, paidWei, carriedWei);
    }

    /// @dev What is left of a debt under another index: a quarter, rounded up, against the debtor.
    function _keptDebtRoundedUp(uint256 owedWei) private pure returns (uint256) {
        return (owedWei + OTHER_INDEX_DEBT_DIVISOR - 1) / OTHER_INDEX_DEBT_DIVISOR;
    }

    function _emitBatchBooked(SettledBatch calldata batch, Shares memory shares, int256[] memory earningsWei) private {
        emit BatchBooked(
            batch.modelId,
            batch.epochId,
            batch.batchId,
            msg.value,
            batch.poolsWei,
            shares.modelOwnerWei,
            shares.stakersWei,
            shares.proverWei,
            shares.treasuryWei,
            earningsWei
        );
    }
}
