// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {AttributionStatement} from "../../src/AttributionStatement.sol";
import {EpochLedger} from "../../src/EpochLedger.sol";
import {InferenceEscrow} from "../../src/InferenceEscrow.sol";
import {IEpochLedger} from "../../src/interfaces/IEpochLedger.sol";
import {IInferenceEscrow} from "../../src/interfaces/IInferenceEscrow.sol";
import {IModelRegistry} from "../../src/interfaces/IModelRegistry.sol";
import {IPolicyRegistry} from "../../src/interfaces/IPolicyRegistry.sol";
import {IVerifierRegistry} from "../../src/interfaces/IVerifierRegistry.sol";
import {SettlementTest} from "../base/SettlementTest.sol";

/// @title Everything that anyone does, in any order, beside a plain reference of what should come of it
/// @notice Each action looks for something it can do and prepares it when there is nothing, so that calls succeed. Actions
/// whose names begin with `attempt` are ones that must fail; they record it when one did not.
contract SettlementHandler is SettlementTest {
    uint256 private constant FRACTION = 2 ** 64;

    // --- the reference ---

    uint256 public depositedWei;
    uint256 public withdrawnWei;
    mapping(address account => uint256) public creditedWei;
    mapping(uint256 requestId => bytes32) public pinnedHash;
    mapping(uint256 requestId => uint256) public settledCount;
    mapping(uint256 requestId => uint256) public refundedCount;
    mapping(uint256 requestId => uint256) public sealedCount;
    mapping(uint256 batchId => uint256[]) private _batchRequests;
    mapping(uint256 model => mapping(uint256 epochId => uint256)) public paidWeiOf;
    mapping(uint256 model => mapping(uint256 epochId => uint256)) public poolsWeiOf;
    mapping(uint256 model => mapping(uint256 epochId => mapping(uint256 slot => int256))) private _bookedWei;
    mapping(uint256 model => mapping(address account => uint256)) public debtWeiOf;
    mapping(uint256 model => mapping(address account => uint256)) private _debtIndex;
    mapping(uint256 model => address) private _operatorOf;
    mapping(address account => mapping(address other => bool)) private _isApprovedBy;
    /// @dev The name of an attempt that succeeded, or empty.
    string public breach;

    uint256[] private _models;
    address[] private _payers;
    address[] private _accounts;
    /// @dev Who operates, seals or would like to.
    address[] private _sealers;

    function setUp() public override {
        super.setUp();
        _models.push(modelId);
        vm.startPrank(modelOwner);
        uint256 otherModelId = modelRegistry.registerModel(7, circuitId, operator);
        modelRegistry.registerIndex(otherModelId, 8, contributors);
        vm.stopPrank();
        _models.push(otherModelId);
        contributors.push(contributorOf(3));
        _sealers = [operator, named("second operator"), sealer, modelOwner];
        _operatorOf[modelId] = operator;
        _operatorOf[otherModelId] = operator;

        for (uint256 i = 0; i < 3; ++i) {
            _payers.push(address(uint160(0xA0000000 + i)));
            vm.deal(_payers[i], 1e27);
        }
        _accounts = [modelOwner, stakers, prover, treasury, stranger];
        for (uint256 i = 0; i < 3; ++i) {
            _accounts.push(_payers[i]);
        }
        for (uint256 i = 0; i < 4; ++i) {
            _accounts.push(contributors[i]);
        }
    }

    // --- what the invariants read ---

    function models() external view returns (uint256[] memory) {
        return _models;
    }

    function accounts() external view returns (address[] memory) {
        return _accounts;
    }

    function requestsOfBatch(uint256 batchId) external view returns (uint256[] memory) {
        return _batchRequests[batchId];
    }

    function systemEscrow() external view returns (InferenceEscrow) {
        return escrow;
    }

    function systemLedger() external view returns (EpochLedger) {
        return ledger;
    }

    function bookedWeiOf(uint256 model, uint256 epochId, uint256 slot) external view returns (int256) {
        return _bookedWei[model][epochId][slot];
    }

    /// @dev Everything that a payment pins, read afresh through the contracts.
    function readPinnedHash(uint256 requestId) public view returns (bytes32) {
        IInferenceEscrow.Request memory request = escrow.requestOf(requestId);
        IEpochLedger.Epoch memory epoch = ledger.epochOf(request.modelId, request.epochId);
        IModelRegistry.Index memory index = modelRegistry.indexOf(request.modelId, epoch.indexVersion);
        (uint256 weights, uint256 indexCommitment) = modelRegistry.commitmentsOf(request.modelId, epoch.indexVersion);
        bytes32 paid =
            keccak256(abi.encode(request.payer, request.feeWei, request.poolWei, request.modelId, request.epochId));
        bytes32 versions = keccak256(
            abi.encode(
                epoch.modelVersion, epoch.indexVersion, epoch.policyId, epoch.circuitId, epoch.openedAt, epoch.endsAt
            )
        );
        bytes32 contents = keccak256(
            abi.encode(
                weights,
                indexCommitment,
                index,
                policyRegistry.policyOf(epoch.policyId),
                verifierRegistry.circuitOf(epoch.circuitId).verifier,
                verifierRegistry.circuitOf(epoch.circuitId).keyHash
            )
        );
        return keccak256(abi.encode(paid, versions, contents));
    }

    // --- actions that succeed ---

    function payFee(uint256 seed, uint256 feeWei) public {
        _payFee(seed, bound(feeWei, 1, seed % 5 == 0 ? 20_000 : 1000 ether));
    }

    function sealBatch(uint256 seed) public {
        _sealBatch(seed);
    }

    function settleBatch(uint256 seed, int40[3] memory weights) public {
        uint256 batchId = _findBatch(seed);
        if (batchId == 0) batchId = _sealBatch(seed);
        _useModelOf(batchId);
        settleEncoded(batchId, _earningsFor(batchId, weights));
        _mirrorSettlement(batchId, _earningsFor(batchId, weights));
    }

    function refundRequest(uint256 seed) public {
        uint256 requestId = _findOpenRequest(seed);
        if (requestId == 0) requestId = _payFee(seed, 1 ether);
        IInferenceEscrow.Request memory request = escrow.requestOf(requestId);
        if (block.timestamp <= request.deadline) vm.warp(request.deadline + 1);
        escrow.refund(requestId);
        ++refundedCount[requestId];
        creditedWei[request.payer] += request.feeWei;
    }

    /// @dev Brings the model's next epoch to its end, refunds what is left in it, and closes it.
    function closeEpoch(uint256 seed) public {
        modelId = _models[seed % 2];
        uint256 epochId = ledger.lastClosedEpochIdOf(modelId) + 1;
        if (epochId > ledger.currentEpochIdOf(modelId)) _payFee(seed, 1 ether);
        _refundAllOf(modelId, epochId);
        uint256 endsAt = ledger.epochOf(modelId, epochId).endsAt;
        if (block.timestamp < endsAt && epochId == ledger.currentEpochIdOf(modelId)) vm.warp(endsAt);
        _mirrorClose(epochId);
        ledger.closeEpoch(modelId, epochId);
    }

    function withdraw(uint256 seed) public {
        for (uint256 i = 0; i < _accounts.length; ++i) {
            address account = _accounts[(seed % _accounts.length + i) % _accounts.length];
            if (ledger.claimableOf(account) == 0) continue;
            _withdraw(account);
            return;
        }
    }

    function passTime(uint256 time) public {
        vm.warp(block.timestamp + bound(time, 1, 1 hours));
    }

    function changeIndex(uint256 seed) public {
        modelId = _models[seed % 2];
        uint256 count = 1 + (seed >> 8) % 3;
        address[] memory list = new address[](count);
        for (uint256 slot = 0; slot < count; ++slot) {
            list[slot] = contributors[((seed >> 16) + slot) % 4];
        }
        registerIndex(1 + seed % 1000, list);
    }

    function changePolicy(uint256 seed) public {
        IPolicyRegistry.Policy memory policy = defaultPolicy();
        policy.contributorsBps = uint16(bound(seed >> 16, 0, 5500));
        policy.treasuryBps = 6000 - policy.contributorsBps;
        if (seed % 2 == 0) policy.treasury = stranger;
        publishPolicy(policy);
    }

    function changeOperator(uint256 seed) public {
        modelId = _models[seed % 2];
        _operatorOf[modelId] = _sealers[(seed >> 8) % 2];
        vm.prank(modelOwner);
        modelRegistry.setOperator(modelId, _operatorOf[modelId]);
    }

    function changeSealer(uint256 seed) public {
        (address account, address other) = (_sealerAt(seed >> 8), _sealerAt(seed >> 16));
        _isApprovedBy[account][other] = seed % 2 == 0;
        vm.prank(account);
        escrow.approveSealer(other, seed % 2 == 0);
    }

    // --- actions that must fail ---

    function attemptToSettleOrRefundTwice(uint256 seed) public {
        uint256 batchId = escrow.batchCount();
        if (batchId != 0) {
            batchId = 1 + seed % batchId;
            IInferenceEscrow.Batch memory batch = escrow.batchOf(batchId);
            if (batch.isSettled || block.timestamp > batch.settleDeadline) {
                _useModelOf(batchId);
                try this.settleEncodedExternally(batchId, _earningsFor(batchId, [int40(1), 0, 0])) {
                    breach = "settled a batch that was settled or late";
                } catch {}
            }
        }
        uint256 requestId = escrow.requestCount();
        if (requestId == 0) return;
        requestId = 1 + (seed >> 128) % requestId;
        IInferenceEscrow.Request memory request = escrow.requestOf(requestId);
        bool isOpen = request.state == IInferenceEscrow.RequestState.Paid
            || request.state == IInferenceEscrow.RequestState.Sealed;
        if (!isOpen || block.timestamp <= request.deadline) {
            try escrow.refund(requestId) {
                breach = "refunded a request that was final or in time";
            } catch {}
        }
    }

    /// @dev As if the circuit were wrong: a valid proof of earnings of which the positive ones, or all of
    /// them, exceed what the pools allow by the least there is.
    function attemptToEarnMoreThanThePools(uint256 seed) public {
        uint256 batchId = _findBatch(seed);
        if (batchId == 0) batchId = _sealBatch(seed);
        _useModelOf(batchId);
        uint256[] memory earnings = _earningsFor(batchId, [int40(1), -1, 0]);
        if (seed % 2 == 0) earnings[0] += 1;
        else earnings[2] -= 1;
        try this.settleEncodedExternally(batchId, earnings) {
            breach = "earned more than the pools";
        } catch {}
    }

    function attemptToSealTwice(uint256 seed) public {
        uint256 requestId = escrow.requestCount();
        if (requestId == 0) return;
        requestId = 1 + seed % requestId;
        IInferenceEscrow.Request memory request = escrow.requestOf(requestId);
        if (request.state == IInferenceEscrow.RequestState.Paid) return;
        uint256[] memory ids = list1(requestId);
        vm.prank(_operatorOf[request.modelId]);
        try escrow.seal(request.modelId, ids, ids, ids) {
            breach = "sealed a request that was not Paid";
        } catch {}
    }

    function attemptToSealUnapproved(uint256 seed) public {
        address account = _sealerAt(seed >> 8);
        uint256[] memory ids = list1(_payFee(seed, 1 ether));
        if (_maySeal(account, modelId)) return;
        vm.prank(account);
        try escrow.seal(modelId, ids, ids, ids) {
            breach = "sealed without being operator or sealer";
        } catch {}
    }

    /// @dev A batch of two epochs, or of two models, would be netted in the wrong one.
    function attemptToSealAcrossEpochs(uint256 seed) public {
        uint256 first = _payFee(seed, 1 ether);
        IInferenceEscrow.Request memory paid = escrow.requestOf(first);
        for (uint256 requestId = 1; requestId < first; ++requestId) {
            IInferenceEscrow.Request memory other = escrow.requestOf(requestId);
            if (other.state != IInferenceEscrow.RequestState.Paid || block.timestamp > other.deadline) continue;
            if (other.modelId == paid.modelId && other.epochId == paid.epochId) continue;
            uint256[] memory ids = list2(first, requestId);
            vm.prank(_operatorOf[paid.modelId]);
            try escrow.seal(paid.modelId, ids, ids, ids) {
                breach = "sealed a batch of two epochs or models";
            } catch {}
        }
    }

    function attemptToCloseEarly(uint256 seed) public {
        uint256 model = _models[seed % 2];
        uint256 current = ledger.currentEpochIdOf(model);
        if (current == 0) return;
        uint256 epochId = 1 + (seed >> 8) % current;
        IEpochLedger.Epoch memory epoch = ledger.epochOf(model, epochId);
        bool isDue = epochId == ledger.lastClosedEpochIdOf(model) + 1 && epoch.outstanding == 0
            && (epochId < current || block.timestamp >= epoch.endsAt);
        if (isDue) return;
        try ledger.closeEpoch(model, epochId) {
            breach = "closed an epoch that was not due";
        } catch {}
    }

    function settleEncodedExternally(uint256 batchId, uint256[] memory earnings) external {
        settleEncoded(batchId, earnings);
    }

    // --- the end ---

    /// @dev Takes only steps that are open to anyone: refunds, closes, withdraws until nothing is left to do.
    function windUp() external {
        vm.warp(block.timestamp + 365 days);
        for (uint256 i = 0; i < 2; ++i) {
            modelId = _models[i];
            uint256 current = ledger.currentEpochIdOf(modelId);
            for (uint256 epochId = ledger.lastClosedEpochIdOf(modelId) + 1; epochId <= current; ++epochId) {
                _refundAllOf(modelId, epochId);
                _mirrorClose(epochId);
                ledger.closeEpoch(modelId, epochId);
            }
        }
        for (uint256 i = 0; i < _accounts.length; ++i) {
            if (ledger.claimableOf(_accounts[i]) != 0) _withdraw(_accounts[i]);
        }
    }

    // --- parts of actions ---

    function _payFee(uint256 seed, uint256 feeWei) private returns (uint256 requestId) {
        modelId = _models[seed % 2];
        vm.prank(_payers[seed % 3]);
        requestId = escrow.pay{value: feeWei}(modelId, bytes32(seed));
        depositedWei += feeWei;
        pinnedHash[requestId] = readPinnedHash(requestId);
    }

    function _sealBatch(uint256 seed) private returns (uint256 batchId) {
        uint256 total = escrow.requestCount();
        uint256[] memory found = new uint256[](1 + seed % 4);
        uint256 count = 0;
        IInferenceEscrow.Request memory first;
        for (uint256 i = 0; i < total && count < found.length; ++i) {
            uint256 requestId = 1 + ((seed >> 8) % total + i) % total;
            IInferenceEscrow.Request memory request = escrow.requestOf(requestId);
            if (request.state != IInferenceEscrow.RequestState.Paid || block.timestamp > request.deadline) continue;
            if (count == 0) first = request;
            else if (request.modelId != first.modelId || request.epochId != first.epochId) continue;
            found[count++] = requestId;
        }
        if (count == 0) {
            (found[0], count) = (_payFee(seed, 2 ether), 1);
            first = escrow.requestOf(found[0]);
        }
        uint256[] memory ids = new uint256[](count);
        for (uint256 i = 0; i < count; ++i) {
            ids[i] = found[i];
        }
        modelId = first.modelId;
        // The operator, or a sealer where there is one.
        address account = _sealerAt(seed >> 16);
        batchId = sealAs(_maySeal(account, modelId) ? account : _operatorOf[modelId], ids);
        _batchRequests[batchId] = ids;
        for (uint256 i = 0; i < count; ++i) {
            ++sealedCount[ids[i]];
        }
    }

    function _findBatch(uint256 seed) private view returns (uint256) {
        uint256 total = escrow.batchCount();
        for (uint256 i = 0; i < total; ++i) {
            uint256 batchId = 1 + (seed % total + i) % total;
            IInferenceEscrow.Batch memory batch = escrow.batchOf(batchId);
            if (!batch.isSettled && block.timestamp <= batch.settleDeadline) return batchId;
        }
        return 0;
    }

    function _findOpenRequest(uint256 seed) private view returns (uint256) {
        uint256 total = escrow.requestCount();
        for (uint256 i = 0; i < total; ++i) {
            uint256 requestId = 1 + (seed % total + i) % total;
            if (_isOpen(requestId)) return requestId;
        }
        return 0;
    }

    function _isOpen(uint256 requestId) private view returns (bool) {
        IInferenceEscrow.RequestState state = escrow.requestOf(requestId).state;
        return state == IInferenceEscrow.RequestState.Paid || state == IInferenceEscrow.RequestState.Sealed;
    }

    function _refundAllOf(uint256 model, uint256 epochId) private {
        uint256 total = escrow.requestCount();
        for (uint256 requestId = 1; requestId <= total; ++requestId) {
            IInferenceEscrow.Request memory request = escrow.requestOf(requestId);
            if (request.modelId != model || request.epochId != epochId || !_isOpen(requestId)) continue;
            if (block.timestamp <= request.deadline) vm.warp(request.deadline + 1);
            escrow.refund(requestId);
            ++refundedCount[requestId];
            creditedWei[request.payer] += request.feeWei;
        }
    }

    function _withdraw(address account) private {
        uint256 before = account.balance;
        ledger.withdraw(account);
        withdrawnWei += account.balance - before;
        creditedWei[account] -= account.balance - before;
    }

    function _sealerAt(uint256 seed) private view returns (address) {
        return _sealers[seed % _sealers.length];
    }

    function _maySeal(address account, uint256 model) private view returns (bool) {
        return account == _operatorOf[model] || _isApprovedBy[_operatorOf[model]][account];
    }

    function _useModelOf(uint256 batchId) private {
        modelId = escrow.batchOf(batchId).modelId;
    }

    /// @dev Earnings in the ratios of `weights`, scaled as the attribution rule does: the larger of the positive and the
    /// negative mass is the whole of the pools.
    function _earningsFor(uint256 batchId, int40[3] memory weights) private view returns (uint256[] memory earnings) {
        AttributionStatement.Leaves memory leaves = sealedLeavesOf(batchId);
        uint256 poolsWei = 0;
        for (uint256 i = 0; i < leaves.pools.length; ++i) {
            poolsWei += leaves.pools[i];
        }
        (int256 positive, int256 negative) = (0, 0);
        for (uint256 slot = 0; slot < 3; ++slot) {
            if (weights[slot] > 0) positive += weights[slot];
            else negative -= weights[slot];
        }
        int256 mass = positive > negative ? positive : negative;
        earnings = new uint256[](3);
        for (uint256 slot = 0; slot < 3; ++slot) {
            earnings[slot] =
                encodeFraction(mass == int256(0) ? int256(0) : weights[slot] * int256(poolsWei * FRACTION) / mass);
        }
    }

    /// @dev The reference for settlement: plain sums, one mapping entry a slot.
    function _mirrorSettlement(uint256 batchId, uint256[] memory earnings) private {
        IInferenceEscrow.Batch memory batch = escrow.batchOf(batchId);
        IPolicyRegistry.Policy memory policy =
            policyRegistry.policyOf(ledger.epochOf(batch.modelId, batch.epochId).policyId);
        uint256 poolsWei = 0;
        for (uint256 i = 0; i < _batchRequests[batchId].length; ++i) {
            uint256 requestId = _batchRequests[batchId][i];
            ++settledCount[requestId];
            poolsWei += uint256(escrow.requestOf(requestId).feeWei) * policy.contributorsBps / 10_000;
        }
        uint256 feesWei = batch.feesWei;
        uint256 rest = feesWei - poolsWei;
        rest -= _mirrorShare(modelOwner, feesWei, policy.modelOwnerBps);
        rest -= _mirrorShare(stakers, feesWei, policy.stakersBps);
        rest -= _mirrorShare(prover, feesWei, policy.proverBps);
        creditedWei[policy.treasury] += rest;
        poolsWeiOf[batch.modelId][batch.epochId] += poolsWei;
        for (uint256 slot = 0; slot < 3; ++slot) {
            int256 earning = int256(earnings[slot]) - 2 ** 180;
            int256 earningWei = earning / int256(FRACTION);
            if (earning < 0 && earning % int256(FRACTION) != 0) --earningWei;
            _bookedWei[batch.modelId][batch.epochId][slot] += earningWei;
        }
    }

    function _mirrorShare(address account, uint256 feesWei, uint256 bps) private returns (uint256 shareWei) {
        shareWei = feesWei * bps / 10_000;
        creditedWei[account] += shareWei;
    }

    /// @dev The reference for the close of an epoch.
    function _mirrorClose(uint256 epochId) private {
        IEpochLedger.Epoch memory epoch = ledger.epochOf(modelId, epochId);
        address[] memory list = modelRegistry.indexOf(modelId, epoch.indexVersion).contributors;
        uint256 paidWei = 0;
        for (uint256 slot = 0; slot < list.length; ++slot) {
            uint256 owed = debtWeiOf[modelId][list[slot]];
            if (owed != 0 && _debtIndex[modelId][list[slot]] != epoch.indexVersion) {
                owed = owed / 4 + (owed % 4 == 0 ? 0 : 1);
            }
            int256 balance = _bookedWei[modelId][epochId][slot] - int256(owed);
            debtWeiOf[modelId][list[slot]] = balance < 0 ? uint256(-balance) : 0;
            _debtIndex[modelId][list[slot]] = epoch.indexVersion;
            if (balance > 0) {
                paidWei += uint256(balance);
                creditedWei[list[slot]] += uint256(balance);
            }
        }
        paidWeiOf[modelId][epochId] = paidWei;
        IPolicyRegistry.Policy memory policy = policyRegistry.policyOf(epoch.policyId);
        creditedWei[policy.treasury] += poolsWeiOf[modelId][epochId] - paidWei;
    }
}
