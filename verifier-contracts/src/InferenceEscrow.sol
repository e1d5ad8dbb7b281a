// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {AttributionStatement} from "./AttributionStatement.sol";
import {EpochLedger} from "./EpochLedger.sol";
import {PackedStates} from "./PackedStates.sol";
import {IEpochLedger} from "./interfaces/IEpochLedger.sol";
import {IInferenceEscrow} from "./interfaces/IInferenceEscrow.sol";
import {IModelRegistry} from "./interfaces/IModelRegistry.sol";
import {IPolicyRegistry} from "./interfaces/IPolicyRegistry.sol";
import {IVerifierRegistry} from "./interfaces/IVerifierRegistry.sol";

/// @title See `IInferenceEscrow`
contract InferenceEscrow is IInferenceEscrow {
    using PackedStates for mapping(uint256 => uint256);
    using SafeCast for uint256;

    uint256 private constant WHOLE_BPS = 10_000;

    /// @notice The largest fee, 75,557 OPEN. It keeps every pool below 2^96, which the circuit relies on, and all pools of a batch together
    /// below 2^84, what a slot's balance in an epoch can hold: else one large request could keep a batch of others from being settled.
    uint256 public constant MAXIMUM_FEE_WEI = 2 ** 76 - 1;
    uint256 private constant FEE_BITS = 80;
    uint256 private constant FEE_MASK = 2 ** 80 - 1;
    uint256 private constant EPOCH_NUMBER_MASK = 2 ** 48 - 1;

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

    /// @dev What an epoch pins, as far as it is needed here: one word, so that no step asks the registries for it again.
    struct EpochTerms {
        uint40 modelId;
        uint32 epochId;
        uint32 modelVersion;
        uint32 indexVersion;
        bytes4 circuitId;
        uint24 policyId;
        uint16 contributorsBps;
        uint24 sealWindow;
        uint24 settleWindow;
    }

    /// @dev A batch, in two words.
    struct SealedBatch {
        bytes32 batchHash;
        uint48 epochNumber;
        uint128 feesWei;
        uint40 settleDeadline;
        uint8 count;
        bool isSettled;
    }

    /// @dev What only a refund needs of a request.
    struct Payment {
        address payer;
        uint40 sealDeadline;
    }

    /// @dev Epochs of all models, numbered from 1 in the order of their first payments.
    uint48 private _epochCount;
    mapping(uint256 modelId => mapping(uint256 epochId => uint48)) private _epochNumberOf;
    mapping(uint256 epochNumber => EpochTerms) private _epochTerms;
    /// @dev Fee (80 bits) and number of the epoch (48 bits), two requests to a word, because sealing reads it for each trace. Zero: no
    /// request, as no fee is.
    mapping(uint256 word => uint256) private _fees;
    mapping(uint256 requestId => Payment) private _payments;
    /// @dev `RequestState` less one, so that a request is Paid without a write. Apart from the requests, so that a batch changes one or
    /// two words of storage instead of one for each of its requests.
    mapping(uint256 word => uint256) private _states;
    mapping(uint256 batchId => SealedBatch) private _batches;

    constructor(IPolicyRegistry policyRegistry_, IModelRegistry modelRegistry_, IVerifierRegistry verifierRegistry_) {
        policyRegistry = policyRegistry_;
        modelRegistry = modelRegistry_;
        verifierRegistry = verifierRegistry_;
        ledger = new EpochLedger(policyRegistry_, modelRegistry_, verifierRegistry_);
    }

    /// @inheritdoc IInferenceEscrow
    /// @dev The ledger is called before state is written, because it decides the epoch. It is ours, and calls nothing but
    /// the registries.
    function pay(uint256 modelId, bytes32 requestHash) external payable returns (uint256 requestId) {
        uint256 feeWei = msg.value;
        if (feeWei == 0 || feeWei > MAXIMUM_FEE_WEI) revert FeeOutOfRange(feeWei, 1, MAXIMUM_FEE_WEI);

        (uint256 epochId, uint256 policyId) = ledger.admitRequest(modelId);
        (uint256 epochNumber, EpochTerms memory terms) = _enterEpoch(modelId, epochId, policyId);
        uint256 sealDeadline = block.timestamp + terms.sealWindow;
        uint256 poolWei = _poolRoundedDown(feeWei, terms.contributorsBps);

        requestId = ++requestCount;
        _fees[requestId >> 1] |= (epochNumber << FEE_BITS | feeWei) << _halfOf(requestId);
        _payments[requestId] = Payment({payer: msg.sender, sealDeadline: sealDeadline.toUint40()});
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
        (uint256 epochNumber, EpochTerms memory terms) = _requireOneBatch(modelId, requestIds);

        batchId = ++batchCount;
        uint256 position = _states.move(requestIds, _codeOf(RequestState.Paid), _codeOf(RequestState.Sealed));
        if (position != requestIds.length) {
            revert RequestNotPaid(requestIds[position], _stateOf(requestIds[position]));
        }
        (SealedBatch memory batch, uint256[] memory pools) = _openBatch(requestIds, epochNumber, terms);
        AttributionStatement.Leaves memory leaves =
            AttributionStatement.Leaves(requestIds, pools, inputCommitments, outputCommitments);
        batch.batchHash = AttributionStatement.batchHash(leaves);
        _batches[batchId] = batch;
        _emitBatchSealed(batchId, modelId, terms.epochId, batch, leaves);
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
        SealedBatch memory batch = _requireBatch(batchId);
        if (batch.isSettled) revert BatchAlreadySettled(batchId);
        if (block.timestamp > batch.settleDeadline) {
            revert SettleDeadlinePassed(batchId, batch.settleDeadline, block.timestamp);
        }
        if (prover == address(0)) revert ProverIsZero();
        EpochTerms memory terms = _epochTerms[batch.epochNumber];
        AttributionStatement.PublicSignals memory signals =
            _publicSignals(batchId, batch.batchHash, terms, prover, leaves, earnings, digest);
        verifierRegistry.requireValidProof(terms.circuitId, proof, AttributionStatement.toArray(signals));

        _batches[batchId].isSettled = true;
        // They are all Sealed: only refunding or this moves them on, and refunding begins after the settle deadline.
        assert(
            _states.move(leaves.requestIds, _codeOf(RequestState.Sealed), _codeOf(RequestState.Settled)) == batch.count
        );
        emit BatchSettled(batchId, terms.modelId, prover, digest);
        ledger.bookBatch{value: batch.feesWei}(
            IEpochLedger.SettledBatch({
                modelId: terms.modelId,
                epochId: terms.epochId,
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
        RequestState state = request.state;
        if (state != RequestState.Paid && state != RequestState.Sealed) revert RequestNotRefundable(requestId, state);
        if (block.timestamp <= request.deadline) {
            revert DeadlineNotPassed(requestId, request.deadline, block.timestamp);
        }

        _states.set(requestId, _codeOf(RequestState.Refunded));
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
        SealedBatch memory batch = _requireBatch(batchId);
        EpochTerms memory terms = _epochTerms[batch.epochNumber];
        return _publicSignals(batchId, batch.batchHash, terms, prover, leaves, earnings, digest);
    }

    /// @inheritdoc IInferenceEscrow
    function contextOf(uint256 batchId, address prover) external view returns (uint256) {
        SealedBatch memory batch = _requireBatch(batchId);
        EpochTerms memory terms = _epochTerms[batch.epochNumber];
        bytes32 keyHash = verifierRegistry.circuitOf(terms.circuitId).keyHash;
        return _contextSignal(batchId, batch.batchHash, terms, keyHash, prover);
    }

    /// @inheritdoc IInferenceEscrow
    function requestOf(uint256 requestId) external view returns (Request memory) {
        return _requireRequest(requestId);
    }

    /// @inheritdoc IInferenceEscrow
    function batchOf(uint256 batchId) external view returns (Batch memory) {
        SealedBatch memory batch = _requireBatch(batchId);
        EpochTerms storage terms = _epochTerms[batch.epochNumber];
        return Batch({
            batchHash: batch.batchHash,
            modelId: terms.modelId,
            epochId: terms.epochId,
            feesWei: batch.feesWei,
            settleDeadline: batch.settleDeadline,
            count: batch.count,
            isSettled: batch.isSettled
        });
    }

    /// @dev The epoch that a request enters. Its first payment copies what it pins.
    function _enterEpoch(uint256 modelId, uint256 epochId, uint256 policyId)
        private
        returns (uint256 epochNumber, EpochTerms memory terms)
    {
        epochNumber = _epochNumberOf[modelId][epochId];
        if (epochNumber != 0) return (epochNumber, _epochTerms[epochNumber]);

        IPolicyRegistry.Policy memory policy = policyRegistry.policyOf(policyId);
        IEpochLedger.Epoch memory epoch = ledger.epochOf(modelId, epochId);
        terms = EpochTerms({
            modelId: modelId.toUint40(),
            epochId: epochId.toUint32(),
            modelVersion: epoch.modelVersion,
            indexVersion: epoch.indexVersion,
            circuitId: epoch.circuitId,
            policyId: policyId.toUint24(),
            contributorsBps: policy.contributorsBps,
            sealWindow: uint256(policy.sealWindow).toUint24(),
            settleWindow: uint256(policy.settleWindow).toUint24()
        });
        epochNumber = ++_epochCount;
        _epochNumberOf[modelId][epochId] = epochNumber.toUint48();
        _epochTerms[epochNumber] = terms;
    }

    /// @dev Fee and number of the epoch of a request; zero when there is none.
    function _feeAndEpochOf(uint256 requestId) private view returns (uint256) {
        return (_fees[requestId >> 1] >> _halfOf(requestId)) & type(uint128).max;
    }

    function _halfOf(uint256 requestId) private pure returns (uint256 shift) {
        return (requestId & 1) << 7;
    }

    function _requireFeeAndEpoch(uint256 requestId) private view returns (uint256 feeAndEpoch) {
        feeAndEpoch = _feeAndEpochOf(requestId);
        if (feeAndEpoch == 0) revert UnknownRequest(requestId);
    }

    function _requireRequest(uint256 requestId) private view returns (Request memory request) {
        uint256 feeAndEpoch = _requireFeeAndEpoch(requestId);
        EpochTerms memory terms = _epochTerms[feeAndEpoch >> FEE_BITS];
        request.feeWei = (feeAndEpoch & FEE_MASK).toUint96();
        request.poolWei = _poolRoundedDown(request.feeWei, terms.contributorsBps).toUint96();
        request.payer = _payments[requestId].payer;
        request.modelId = terms.modelId;
        request.epochId = terms.epochId;
        request.state = _stateOf(requestId);
        request.deadline = _payments[requestId].sealDeadline;
        if (request.state != RequestState.Paid) request.deadline += terms.settleWindow;
    }

    function _requireBatch(uint256 batchId) private view returns (SealedBatch memory batch) {
        batch = _batches[batchId];
        if (batch.batchHash == bytes32(0)) revert UnknownBatch(batchId);
    }

    function _requireOperatorOrSealer(uint256 modelId) private view {
        address operator = modelRegistry.operatorOf(modelId);
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
        AttributionStatement.requireCommitments(inputCommitments);
        AttributionStatement.requireCommitments(outputCommitments);
    }

    /// @dev The epoch of a batch's first request, which decides those of the others. Under a retired circuit nothing is sealed: it
    /// could not be settled, and payers would wait longer for their refunds.
    function _requireOneBatch(uint256 modelId, uint256[] calldata requestIds)
        private
        view
        returns (uint256 epochNumber, EpochTerms memory terms)
    {
        uint256 count = requestIds.length;
        if (count == 0) revert BatchIsEmpty();
        epochNumber = _requireFeeAndEpoch(requestIds[0]) >> FEE_BITS;
        terms = _epochTerms[epochNumber];
        if (terms.modelId != modelId) revert RequestOfOtherModel(requestIds[0], terms.modelId, modelId);
        uint256 traces = verifierRegistry.activeCircuitOf(terms.circuitId).traces;
        if (count > traces) revert BatchTooLarge(count, traces);
    }

    /// @dev The batch of these requests, without its hash, and their pools, by the rule and from the numbers by which `pay` computed them.
    function _openBatch(uint256[] calldata requestIds, uint256 epochNumber, EpochTerms memory terms)
        private
        view
        returns (SealedBatch memory batch, uint256[] memory pools)
    {
        uint256 count = requestIds.length;
        uint256 contributorsBps = terms.contributorsBps;
        uint256 feesWei = 0;
        uint256 oldest = type(uint256).max;
        pools = new uint256[](count);
        uint256 position;
        // `_feeAndEpochOf` and `_poolRoundedDown` of each, in assembly because it runs for each trace. At most 255 fees below 2^80, each
        // times at most 10,000: nothing overflows.
        assembly ("memory-safe") {
            mstore(0x20, _fees.slot)
            for {} lt(position, count) { position := add(position, 1) } {
                let requestId := calldataload(add(requestIds.offset, shl(5, position)))
                mstore(0x00, shr(1, requestId))
                let word := shr(shl(7, and(requestId, 1)), sload(keccak256(0x00, 0x40)))
                if xor(and(shr(FEE_BITS, word), EPOCH_NUMBER_MASK), epochNumber) { break }
                let feeWei := and(word, FEE_MASK)
                mstore(add(pools, shl(5, add(position, 1))), div(mul(feeWei, contributorsBps), WHOLE_BPS))
                feesWei := add(feesWei, feeWei)
                if lt(requestId, oldest) { oldest := requestId }
            }
        }
        if (position != count) _revertWithOther(requestIds[position], terms);
        // Ids count up with time and one epoch has one seal window: the lowest id has the earliest deadline.
        uint256 sealDeadline = _payments[oldest].sealDeadline;
        if (block.timestamp > sealDeadline) revert SealDeadlinePassed(oldest, sealDeadline, block.timestamp);

        batch.epochNumber = epochNumber.toUint48();
        batch.feesWei = feesWei.toUint128();
        batch.settleDeadline = (sealDeadline + terms.settleWindow).toUint40();
        batch.count = count.toUint8();
    }

    /// @dev emit BatchSealed(batchId, modelId, epochId, batch.batchHash, batch.settleDeadline, leaves)
    function _emitBatchSealed(
        uint256 batchId,
        uint256 modelId,
        uint256 epochId,
        SealedBatch memory batch,
        AttributionStatement.Leaves memory leaves
    ) private {
        // Four words before the offsets of the lists, which count from there.
        bytes memory data = AttributionStatement.encodeLists(leaves, 4, 0x80);
        bytes32 topic = BatchSealed.selector;
        bytes32 hash = batch.batchHash;
        uint256 settleDeadline = batch.settleDeadline;
        assembly ("memory-safe") {
            mstore(add(data, 0x20), epochId)
            mstore(add(data, 0x40), hash)
            mstore(add(data, 0x60), settleDeadline)
            mstore(add(data, 0x80), 0x80)
            log3(add(data, 0x20), mload(data), topic, batchId, modelId)
        }
    }

    function _revertWithOther(uint256 requestId, EpochTerms memory terms) private view {
        EpochTerms memory others = _epochTerms[_requireFeeAndEpoch(requestId) >> FEE_BITS];
        if (others.modelId != terms.modelId) revert RequestOfOtherModel(requestId, others.modelId, terms.modelId);
        revert RequestOfOtherEpoch(requestId, others.epochId, terms.epochId);
    }

    function _codeOf(RequestState state) private pure returns (uint256) {
        return uint256(state) - 1;
    }

    /// @dev Of a request that exists.
    function _stateOf(uint256 requestId) private view returns (RequestState) {
        return RequestState(_states.stateOf(requestId) + 1);
    }

    function _publicSignals(
        uint256 batchId,
        bytes32 batchHash,
        EpochTerms memory terms,
        address prover,
        AttributionStatement.Leaves calldata leaves,
        uint256[] calldata earnings,
        uint256 digest
    ) private view returns (AttributionStatement.PublicSignals memory signals) {
        _requireLeaves(batchId, batchHash, leaves);
        IVerifierRegistry.Circuit memory circuit = verifierRegistry.circuitOf(terms.circuitId);
        uint256[] memory x = AttributionStatement.dataVector(leaves, earnings, circuit.traces, circuit.contributors);

        signals.digest = digest;
        signals.context = _contextSignal(batchId, batchHash, terms, circuit.keyHash, prover);
        (signals.weightsCommitment, signals.indexCommitment) =
            modelRegistry.commitmentsOf(terms.modelId, terms.indexVersion);
        signals.challenge = AttributionStatement.challengeSignal(
            signals.context, digest, signals.weightsCommitment, signals.indexCommitment, x
        );
        signals.evaluation = AttributionStatement.evaluationSignal(x, signals.challenge);
    }

    function _requireLeaves(uint256 batchId, bytes32 batchHash, AttributionStatement.Leaves calldata leaves)
        private
        pure
    {
        // List by list: copying the struct as a whole would go word by word.
        bytes32 received = AttributionStatement.batchHash(
            AttributionStatement.Leaves(
                leaves.requestIds, leaves.pools, leaves.inputCommitments, leaves.outputCommitments
            )
        );
        if (received != batchHash) revert BatchHashMismatch(batchId, received, batchHash);
    }

    function _contextSignal(
        uint256 batchId,
        bytes32 batchHash,
        EpochTerms memory terms,
        bytes32 circuitKeyHash,
        address prover
    ) private view returns (uint256) {
        return AttributionStatement.contextSignal(
            AttributionStatement.Context({
                chainId: block.chainid,
                settlement: address(this),
                batchId: batchId,
                batchHash: batchHash,
                circuitKeyHash: circuitKeyHash,
                modelId: terms.modelId,
                modelVersion: terms.modelVersion,
                indexVersion: terms.indexVersion,
                policyId: terms.policyId,
                epochId: terms.epochId,
                prover: prover
            })
        );
    }

    /// @dev The contributors' pool of a fee, rounded down; what rounding leaves goes to the treasury at settlement.
    function _poolRoundedDown(uint256 feeWei, uint256 contributorsBps) private pure returns (uint256) {
        return feeWei * contributorsBps / WHOLE_BPS;
    }

    /// @dev Of pools, each below 2^96 and at most 255 of them.
    function _sum(uint256[] calldata pools) private pure returns (uint256 sum) {
        assembly ("memory-safe") {
            let end := add(pools.offset, shl(5, pools.length))
            for { let pool := pools.offset } lt(pool, end) { pool := add(pool, 0x20) } {
                sum := add(sum, calldataload(pool))
            }
        }
    }
}
