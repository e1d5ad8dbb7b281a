// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {IEpochLedger} from "../../src/interfaces/IEpochLedger.sol";
import {IInferenceEscrow} from "../../src/interfaces/IInferenceEscrow.sol";
import {IPolicyRegistry} from "../../src/interfaces/IPolicyRegistry.sol";
import {IVerifierRegistry} from "../../src/interfaces/IVerifierRegistry.sol";
import {SettlementTest} from "../base/SettlementTest.sol";

/// @title What should come of everything that is done: plain sums, one mapping entry each
/// @notice Beside the books as they are it keeps books as they would be if the wash traders had never paid anything: what these accounts
/// have more, and others less, is what wash trading did.
abstract contract SettlementReference is SettlementTest {
    int256 internal constant FRACTION = 2 ** 64;

    uint256 public depositedWei;
    uint256 public withdrawnWei;
    /// @dev Fees of the requests that are Paid or Sealed, what can be withdrawn, and the pools of epochs that are not closed.
    uint256 public openFeesWei;
    uint256 public claimableWei;
    uint256 public unclosedPoolsWei;
    /// @dev Ether that was forced upon a contract.
    mapping(address target => uint256) public forcedWei;

    mapping(address account => uint256) public creditedWei;
    mapping(uint256 requestId => bytes32) public paidHash;
    mapping(uint256 model => mapping(uint256 epochId => bytes32)) public pinnedHash;
    mapping(uint256 batchId => bytes32) public sealedHash;
    mapping(uint256 requestId => uint256) public settledCount;
    mapping(uint256 requestId => uint256) public refundedCount;
    mapping(uint256 requestId => uint256) public sealedCount;
    mapping(uint256 batchId => uint256[]) internal _batchRequests;
    mapping(uint256 model => mapping(uint256 epochId => bytes32)) public closedHash;
    mapping(uint256 model => mapping(uint256 epochId => uint256)) public paidWeiOf;
    mapping(uint256 model => mapping(uint256 epochId => uint256)) public poolsWeiOf;
    mapping(bytes4 circuitId => bytes32) public registeredHash;
    mapping(bytes4 circuitId => bool) public isRetired;

    /// @dev The books of slots and debts, as they are and without the wash traders' payments.
    struct Books {
        mapping(uint256 model => mapping(uint256 epochId => mapping(uint256 slot => int256))) bookedWei;
        mapping(uint256 model => mapping(address account => uint256)) debtWei;
        mapping(uint256 model => mapping(address account => uint256)) debtIndex;
        /// What an account got as contributor, and by a share in fees.
        mapping(address account => uint256) paidWei;
        mapping(address account => uint256) sharesWei;
    }

    Books private _real;
    Books private _withoutWash;
    mapping(address account => bool) public isWashTrader;
    mapping(uint256 requestId => bool) public isWash;
    /// @dev Of settled requests that a wash trader paid.
    uint256 public washFeesWei;
    uint256 public washPoolsWei;
    /// @dev Each may move a wei.
    uint256 public roundings;

    // --- what the invariants read ---

    function bookedWeiOf(uint256 model, uint256 epochId, uint256 slot) external view returns (int256) {
        return _real.bookedWei[model][epochId][slot];
    }

    function debtWeiOf(uint256 model, address account) external view returns (uint256) {
        return _real.debtWei[model][account];
    }

    /// @dev What an account got, as contributor and in all, as it is and without wash trading.
    function incomeOf(address account)
        external
        view
        returns (uint256 paidWei, uint256 paidWithoutWei, uint256 allWei, uint256 allWithoutWei)
    {
        (paidWei, paidWithoutWei) = (_real.paidWei[account], _withoutWash.paidWei[account]);
        allWei = paidWei + _real.sharesWei[account];
        allWithoutWei = paidWithoutWei + _withoutWash.sharesWei[account];
    }

    function requestsOfBatch(uint256 batchId) external view returns (uint256[] memory) {
        return _batchRequests[batchId];
    }

    /// @dev What a payment fixes of its request, read afresh through the contracts.
    function readPaidHash(uint256 requestId) public view returns (bytes32) {
        IInferenceEscrow.Request memory request = escrow.requestOf(requestId);
        return keccak256(abi.encode(request.payer, request.feeWei, request.poolWei, request.modelId, request.epochId));
    }

    /// @dev What a payment pins through its epoch, read afresh.
    function readPinnedHash(uint256 model, uint256 epochId) public view returns (bytes32) {
        IEpochLedger.Epoch memory epoch = ledger.epochOf(model, epochId);
        (uint256 weights, uint256 indexCommitment) = modelRegistry.commitmentsOf(model, epoch.indexVersion);
        bytes32 versions = keccak256(
            abi.encode(
                epoch.modelVersion, epoch.indexVersion, epoch.policyId, epoch.circuitId, epoch.openedAt, epoch.endsAt
            )
        );
        return keccak256(
            abi.encode(
                versions,
                weights,
                indexCommitment,
                modelRegistry.indexOf(model, epoch.indexVersion),
                policyRegistry.policyOf(epoch.policyId),
                readRegisteredHash(epoch.circuitId)
            )
        );
    }

    /// @dev Everything that sealing fixes of a batch, read afresh.
    function readSealedHash(uint256 batchId) public view returns (bytes32) {
        IInferenceEscrow.Batch memory batch = escrow.batchOf(batchId);
        return keccak256(
            abi.encode(batch.batchHash, batch.modelId, batch.epochId, batch.feesWei, batch.settleDeadline, batch.count)
        );
    }

    /// @dev Everything that registering fixes of a circuit, read afresh.
    function readRegisteredHash(bytes4 circuit) public view returns (bytes32) {
        IVerifierRegistry.Circuit memory found = verifierRegistry.circuitOf(circuit);
        return
            keccak256(
                abi.encode(found.verifier, found.verifierCodehash, found.keyHash, found.traces, found.contributors)
            );
    }

    /// @dev Everything there is of an epoch, read afresh. After its close nothing of it changes.
    function readEpochHash(uint256 model, uint256 epochId) public view returns (bytes32) {
        int128[3] memory booked;
        for (uint256 slot = 0; slot < 3; ++slot) {
            booked[slot] = ledger.bookedEarningOf(model, epochId, slot);
        }
        return keccak256(abi.encode(ledger.epochOf(model, epochId), booked));
    }

    // --- steps, as they should change the books ---

    function _mirrorPayment(uint256 requestId, address account, uint256 feeWei) internal {
        depositedWei += feeWei;
        openFeesWei += feeWei;
        isWash[requestId] = isWashTrader[account];
        paidHash[requestId] = readPaidHash(requestId);
        IInferenceEscrow.Request memory request = escrow.requestOf(requestId);
        // Only the first payment of an epoch decides what it pins.
        if (pinnedHash[request.modelId][request.epochId] == 0) {
            pinnedHash[request.modelId][request.epochId] = readPinnedHash(request.modelId, request.epochId);
        }
    }

    function _mirrorRefund(uint256 requestId) internal {
        IInferenceEscrow.Request memory request = escrow.requestOf(requestId);
        ++refundedCount[requestId];
        openFeesWei -= request.feeWei;
        _credit(request.payer, request.feeWei);
    }

    /// @param earnings In 2^-64 wei, of the batch and of its honest requests alone.
    function _mirrorSettlement(
        uint256 batchId,
        address rewarded,
        int256[3] memory earnings,
        int256[3] memory honestEarnings
    ) internal {
        IInferenceEscrow.Batch memory batch = escrow.batchOf(batchId);
        IPolicyRegistry.Policy memory policy =
            policyRegistry.policyOf(ledger.epochOf(batch.modelId, batch.epochId).policyId);
        (uint256 poolsWei, uint256 feesWei, uint256 honestFeesWei) = (0, 0, 0);
        for (uint256 i = 0; i < _batchRequests[batchId].length; ++i) {
            uint256 requestId = _batchRequests[batchId][i];
            uint256 feeWei = escrow.requestOf(requestId).feeWei;
            uint256 poolWei = feeWei * policy.contributorsBps / 10_000;
            ++settledCount[requestId];
            poolsWei += poolWei;
            feesWei += feeWei;
            if (isWash[requestId]) (washFeesWei, washPoolsWei) = (washFeesWei + feeWei, washPoolsWei + poolWei);
            else honestFeesWei += feeWei;
        }
        openFeesWei -= feesWei;
        unclosedPoolsWei += poolsWei;
        poolsWeiOf[batch.modelId][batch.epochId] += poolsWei;

        uint256 rest = feesWei - poolsWei;
        rest -= _mirrorShare(modelRegistry.ownerOf(batch.modelId), feesWei, honestFeesWei, policy.modelOwnerBps);
        rest -= _mirrorShare(policy.stakers, feesWei, honestFeesWei, policy.stakersBps);
        rest -= _mirrorShare(rewarded, feesWei, honestFeesWei, policy.proverBps);
        _credit(policy.treasury, rest);
        for (uint256 slot = 0; slot < 3; ++slot) {
            _real.bookedWei[batch.modelId][batch.epochId][slot] += _floorWei(earnings[slot]);
            _withoutWash.bookedWei[batch.modelId][batch.epochId][slot] += _floorWei(honestEarnings[slot]);
        }
        roundings += 6;
    }

    function _mirrorShare(address account, uint256 feesWei, uint256 honestFeesWei, uint256 bps)
        private
        returns (uint256 shareWei)
    {
        shareWei = feesWei * bps / 10_000;
        _credit(account, shareWei);
        _real.sharesWei[account] += shareWei;
        _withoutWash.sharesWei[account] += honestFeesWei * bps / 10_000;
    }

    function _floorWei(int256 earning) private pure returns (int256 earningWei) {
        earningWei = earning / FRACTION;
        if (earning < 0 && earning % FRACTION != 0) --earningWei;
    }

    /// @return debtors Contributors that owe something afterwards.
    /// @return cut Contributors whose debt came from another index.
    function _mirrorClose(uint256 model, uint256 epochId) internal returns (uint256 debtors, uint256 cut) {
        IEpochLedger.Epoch memory epoch = ledger.epochOf(model, epochId);
        address[] memory list = modelRegistry.indexOf(model, epoch.indexVersion).contributors;
        uint256 paidWei = 0;
        for (uint256 slot = 0; slot < list.length; ++slot) {
            (uint256 owed, uint256 index) = (_real.debtWei[model][list[slot]], _real.debtIndex[model][list[slot]]);
            if (owed != 0 && index != epoch.indexVersion) ++cut;
            uint256 payWei = _net(_real, model, epochId, epoch.indexVersion, slot, list[slot]);
            _net(_withoutWash, model, epochId, epoch.indexVersion, slot, list[slot]);
            if (_real.debtWei[model][list[slot]] != 0) ++debtors;
            _credit(list[slot], payWei);
            paidWei += payWei;
        }
        paidWeiOf[model][epochId] = paidWei;
        unclosedPoolsWei -= poolsWeiOf[model][epochId];
        _credit(policyRegistry.policyOf(epoch.policyId).treasury, poolsWeiOf[model][epochId] - paidWei);
        roundings += 6;
    }

    function _net(
        Books storage books,
        uint256 model,
        uint256 epochId,
        uint256 indexVersion,
        uint256 slot,
        address account
    ) private returns (uint256 payWei) {
        uint256 owed = books.debtWei[model][account];
        if (owed != 0 && books.debtIndex[model][account] != indexVersion) {
            owed = owed / 4 + (owed % 4 == 0 ? 0 : 1);
        }
        int256 balance = books.bookedWei[model][epochId][slot] - int256(owed);
        books.debtWei[model][account] = balance < 0 ? uint256(-balance) : 0;
        books.debtIndex[model][account] = indexVersion;
        payWei = balance > 0 ? uint256(balance) : 0;
        books.paidWei[account] += payWei;
    }

    function _credit(address account, uint256 amountWei) internal {
        creditedWei[account] += amountWei;
        claimableWei += amountWei;
    }

    function _debit(address account, uint256 amountWei) internal {
        creditedWei[account] -= amountWei;
        claimableWei -= amountWei;
    }
}
