// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {AttributionStatement} from "./AttributionStatement.sol";
import {EpochLedger} from "./EpochLedger.sol";
import {IEpochLedger} from "./interfaces/IEpochLedger.sol";
import {IInferenceEscrow} from "./interfaces/IInferenceEscrow.sol";
import {IModelRegistry} from "./interfaces/IModelRegistry.sol";
import {IPolicyRegistry} from "./interfaces/IPolicyRegistry.sol";
import {IVerifierRegistry} from "./interfaces/IVerifierRegistry.sol";

/// @title See `IInferenceEscrow`
contract InferenceEscrow is IInferenceEscrow {
    using SafeCast for uint256;

    uint256 private constant WHOLE_BPS = 10_000;

    /// @notice The largest fee. It keeps every pool below 2^96, which the circuit relies on, and payer and fee in one
    /// word; all the OPEN there is comes to less than 2^90 wei.
    uint256 public constant MAXIMUM_FEE_WEI = type(uint96).max;

    IPolicyRegistry public immutable policyRegistry;
    IModelRegistry public immutable modelRegistry;
    IVerifierRegistry public immutable verifierRegistry;
    /// @notice Created here, so that escrow and ledger know each other from the first block without a setter.
    IEpochLedger public immutable ledger;

    /// @notice Number of requests; the newest has this id.
    uint256 public requestCount;
    /// @notice Number of batches; the newest has this id.
    uint256 public batchCount;

    /// @inheritdoc IInferenceEscrow
    mapping(address operator => mapping(address sealer => bool)) public isSealerOf;

    /// @dev A settled request stays `Sealed` in storage; `_stateOf` reads its batch. Marking each would cost 5,000 gas a
    /// request in `settle`.
    mapping(uint256 requestId => Request) private _requests;
    mapping(uint256 batchId => Batch) private _batches;

    constructor(IPolicyRegistry policyRegistry_, IModelRegistry modelRegistry_, IVerifierRegistry verifierRegistry_) {
        policyRegistry = policyRegistry_;
        modelRegistry = modelRegistry_;
        verifierRegistry = verifierRegistry_;
        ledger = new EpochLedger(policyRegistry_, modelRegistry_);
    }

    /// @inheritdoc IInferenceEscrow
    /// @dev The ledger is called before state is written, because it decides the epoch. It is ours, and calls nothing but
    /// the registries.
    function pay(uint256 modelId, bytes32 requestHash) external payable returns (uint256 requestId) {
        uint256 feeWei = msg.value;
        if (feeWei == 0 || feeWei > MAXIMUM_FEE_WEI) revert FeeOutOfRange(feeWei, 1, MAXIMUM_FEE_WEI);

        (uint256 epochId, uint256 policyId) = ledger.admitRequest(modelId);
        IPolicyRegistry.Policy memory policy = policyRegistry.policyOf(policyId);
        uint256 poolWei = _poolRoundedDown(feeWei, policy.contributorsBps);
        uint256 sealDeadline = block.timestamp + policy.sealWindow;

        requestId = ++requestCount;
        _requests[requestId] = Request({
            payer: msg.sender,
            feeWei: feeWei.toUint96(),
            poolWei: poolWei.toUint96(),
            modelId: modelId.toUint40(),
            epochId: epochId.toUint32(),
            deadline: sealDeadline.toUint40(),
            batchId: 0,
            state: RequestState.Paid
        });
        emit RequestPaid(requestId, modelId, msg.sender, epochId, feeWei, poolWei, requestHash, sealDeadline);
    }

    /// @inheritdoc IInferenceEscrow
    function approveSealer(address sealer, bool isApproved) external {
        if (sealer == address(0)) revert SealerIsZero();

        isSealerOf[msg.sender][sealer] = isApproved;
        emit SealerApproved(msg.sender, sealer, isApproved);
    }

    /// @inheritdoc IInferenceEscrow
    function seal(
        uint256 modelId,
        uint256[] calldata requestIds,
        uint256[] calldata inputCommitments,
        uint256[] calldata outputCommitments
    ) external returns (uint256 batchId) {
        _requireOperatorOrSealer(modelId);
        _requireCommitments(requestIds.length, inputCommitments, outputCommitments);
        Batch memory batch = _openBatch(modelId, requestIds);

        batchId = ++batchCount;
        uint256[] memory pools = _sealRequests(requestIds, batchId, batch);
        batch.batchHash = AttributionStatement.batchHash(requestIds, pools, inputCommitments, outputCommitments);
        _batches[batchId] = batch;
        AttributionStatement.Leaves memory leaves =
            AttributionStatement.Leaves(requestIds, pools, inputCommitments, outputCommitments);
        emit BatchSealed(batchId, modelId, batch.epochId, batch.batchHash, batch.settleDeadline, leaves);
    }

    /// @inheritdoc IInferenceEscrow
    function settle(
        uint256 batchId,
        address prover,
        AttributionStatement.Leaves calldata leaves,
        uint256[] calldata earnings,
        uint256 digest,
        IVerifierRegistry.Proof calldata proof
    ) external {
        Batch memory batch = _requireBatch(batchId);
        if (batch.isSettled) revert BatchAlreadySettled(batchId);
        if (block.timestamp > batch.settleDeadline) {
            revert SettleDeadlinePassed(batchId, batch.settleDeadline, block.timestamp);
        }
        if (prover == address(0)) revert ProverIsZero();
        IEpochLedger.Epoch memory epoch = ledger.epochOf(batch.modelId, batch.epochId);
        AttributionStatement.PublicSignals memory signals =
            _publicSignals(batchId, batch, epoch, prover, leaves, earnings, digest);
        verifierRegistry.requireValidProof(epoch.circuitId, proof, AttributionStatement.toArray(signals));

        _batches[batchId].isSettled = true;
        emit BatchSettled(batchId, batch.modelId, prover, digest);
        ledger.bookBatch{value: batch.feesWei}(
            IEpochLedger.SettledBatch({
                modelId: batch.modelId,
                epochId: batch.epochId,
                batchId: batchId,
                count: batch.count,
                poolsWei: _sum(leaves.pools),
                prover: prover
            }),
            earnings
        );
    }

    /// @inheritdoc IInferenceEscrow
    function refund(uint256 requestId) external {
        Request memory request = _requireRequest(requestId);
        RequestState state = _stateOf(request);
        if (state != RequestState.Paid && state != RequestState.Sealed) revert RequestNotRefundable(requestId, state);
        if (block.timestamp <= request.deadline) {
            revert DeadlineNotPassed(requestId, request.deadline, block.timestamp);
        }

        _requests[requestId].state = RequestState.Refunded;
        emit RequestRefunded(requestId, request.modelId, request.payer, request.feeWei);
        ledger.releaseRequest{value: request.feeWei}(request.modelId, request.epochId, request.payer);
    }

    /// @inheritdoc IInferenceEscrow
    function publicSignalsOf(
        uint256 batchId,
        address prover,
        AttributionStatement.Leaves calldata leaves,
        uint256[] calldata earnings,
        uint256 digest
    ) external view returns (AttributionStatement.PublicSignals memory) {
        Batch memory batch = _requireBatch(batchId);
        IEpochLedger.Epoch memory epoch = ledger.epochOf(batch.modelId, batch.epochId);
        return _publicSignals(batchId, batch, epoch, prover, leaves, earnings, digest);
    }

    /// @inheritdoc IInferenceEscrow
    function contextOf(uint256 batchId, address prover) external view returns (uint256) {
        Batch memory batch = _requireBatch(batchId);
        IEpochLedger.Epoch memory epoch = ledger.epochOf(batch.modelId, batch.epochId);
        bytes32 keyHash = verifierRegistry.circuitOf(epoch.circuitId).keyHash;
        return _contextSignal(batchId, batch, epoch, keyHash, prover);
    }

    /// @inheritdoc IInferenceEscrow
    function requestOf(uint256 requestId) external view returns (Request memory request) {
        request = _requireRequest(requestId);
        request.state = _stateOf(request);
    }

    /// @inheritdoc IInferenceEscrow
    function batchOf(uint256 batchId) external view returns (Batch memory) {
        return _requireBatch(batchId);
    }

    function _requireRequest(uint256 requestId) private view returns (Request memory request) {
        request = _requests[requestId];
        if (request.state == RequestState.Unknown) revert UnknownRequest(requestId);
    }

    function _requireBatch(uint256 batchId) private view returns (Batch memory batch) {
        batch = _batches[batchId];
        if (batch.batchHash == bytes32(0)) revert UnknownBatch(batchId);
    }

    function _requireOperatorOrSealer(uint256 modelId) private view {
        address operator = modelRegistry.modelOf(modelId).operator;
        if (msg.sender != operator && !isSealerOf[operator][msg.sender]) {
            revert NotOperatorOrSealer(msg.sender, operator);
        }
    }

    function _requireCommitments(
        uint256 count,
        uint256[] calldata inputCommitments,
        uint256[] calldata outputCommitments
    ) private pure {
        if (inputCommitments.length != count || outputCommitments.length != count) {
            revert CommitmentsLengthMismatch(count, inputCommitments.length, outputCommitments.length);
        }
        for (uint256 i = 0; i < count; ++i) {
            AttributionStatement.requireCommitment(inputCommitments[i], i);
            AttributionStatement.requireCommitment(outputCommitments[i], i);
        }
    }

    /// @dev The batch that these requests would form, without its hash and fees. The first request decides the epoch. Under
    /// a retired circuit nothing is sealed: it could not be settled, and payers would wait longer for their refunds.
    function _openBatch(uint256 modelId, uint256[] calldata requestIds) private view returns (Batch memory batch) {
        uint256 count = requestIds.length;
        if (count == 0) revert BatchIsEmpty();
        Request memory first = _requireRequest(requestIds[0]);
        IEpochLedger.Epoch memory epoch = ledger.epochOf(first.modelId, first.epochId);
        uint256 traces = verifierRegistry.activeCircuitOf(epoch.circuitId).traces;
        if (count > traces) revert BatchTooLarge(count, traces);

        batch.modelId = modelId.toUint40();
        batch.epochId = first.epochId;
        batch.settleDeadline = (block.timestamp + policyRegistry.policyOf(epoch.policyId).settleWindow).toUint40();
        batch.count = count.toUint8();
    }

    /// @dev Checks and seals each request. Adds their fees to `batch.feesWei`.
    function _sealRequests(uint256[] calldata requestIds, uint256 batchId, Batch memory batch)
        private
        returns (uint256[] memory pools)
    {
        pools = new uint256[](requestIds.length);
        for (uint256 i = 0; i < requestIds.length; ++i) {
            uint256 requestId = requestIds[i];
            Request memory request = _requireRequest(requestId);
            if (request.modelId != batch.modelId) {
                revert RequestOfOtherModel(requestId, request.modelId, batch.modelId);
            }
            if (request.epochId != batch.epochId) {
                revert RequestOfOtherEpoch(requestId, request.epochId, batch.epochId);
            }
            // A request that stands twice in the batch is Sealed the second time.
            if (request.state != RequestState.Paid) revert RequestNotPaid(requestId, _stateOf(request));
            if (block.timestamp > request.deadline) {
                revert SealDeadlinePassed(requestId, request.deadline, block.timestamp);
            }

            pools[i] = request.poolWei;
            batch.feesWei += request.feeWei;
            request.deadline = batch.settleDeadline;
            request.batchId = batchId.toUint40();
            request.state = RequestState.Sealed;
            _requests[requestId] = request;
        }
    }

    /// @dev Settled is a property of the batch. A refunded request stays refunded: its batch can no longer be settled,
    /// because settling ends at the second after which refunding begins.
    function _stateOf(Request memory request) private view returns (RequestState) {
        if (request.state == RequestState.Sealed && _batches[request.batchId].isSettled) return RequestState.Settled;
        return request.state;
    }

    function _publicSignals(
        uint256 batchId,
        Batch memory batch,
        IEpochLedger.Epoch memory epoch,
        address prover,
        AttributionStatement.Leaves calldata leaves,
        uint256[] calldata earnings,
        uint256 digest
    ) private view returns (AttributionStatement.PublicSignals memory signals) {
        _requireLeaves(batchId, batch, leaves);
        IVerifierRegistry.Circuit memory circuit = verifierRegistry.circuitOf(epoch.circuitId);
        uint256[] memory x = AttributionStatement.dataVector(leaves, earnings, circuit.traces, circuit.contributors);

        signals.digest = digest;
        signals.context = _contextSignal(batchId, batch, epoch, circuit.keyHash, prover);
        (signals.weightsCommitment, signals.indexCommitment) =
            modelRegistry.commitmentsOf(batch.modelId, epoch.indexVersion);
        signals.challenge = AttributionStatement.challengeSignal(
            signals.context, digest, signals.weightsCommitment, signals.indexCommitment, x
        );
        signals.evaluation = AttributionStatement.evaluationSignal(x, signals.challenge);
    }

    function _requireLeaves(uint256 batchId, Batch memory batch, AttributionStatement.Leaves calldata leaves)
        private
        pure
    {
        bytes32 received = AttributionStatement.batchHash(
            leaves.requestIds, leaves.pools, leaves.inputCommitments, leaves.outputCommitments
        );
        if (received != batch.batchHash) revert BatchHashMismatch(batchId, received, batch.batchHash);
    }

    function _contextSignal(
        uint256 batchId,
        Batch memory batch,
        IEpochLedger.Epoch memory epoch,
        bytes32 circuitKeyHash,
        address prover
    ) private view returns (uint256) {
        return AttributionStatement.contextSignal(
            AttributionStatement.Context({
                chainId: block.chainid,
                settlement: address(this),
                batchId: batchId,
                batchHash: batch.batchHash,
                circuitKeyHash: circuitKeyHash,
                modelId: batch.modelId,
                modelVersion: epoch.modelVersion,
                indexVersion: epoch.indexVersion,
                policyId: epoch.policyId,
                epochId: batch.epochId,
                prover: prover
            })
        );
    }

    /// @dev The contributors' pool of a fee, rounded down; what rounding leaves goes to the treasury at settlement.
    function _poolRoundedDown(uint256 feeWei, uint256 contributorsBps) private pure returns (uint256) {
        return feeWei * contributorsBps / WHOLE_BPS;
    }

    function _sum(uint256[] calldata values) private pure returns (uint256 sum) {
        for (uint256 i = 0; i < values.length; ++i) {
            sum += values[i];
        }
    }
}
