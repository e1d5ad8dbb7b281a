// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {AttributionStatement} from "../AttributionStatement.sol";
import {IVerifierRegistry} from "./IVerifierRegistry.sol";

/// @title The life of a paid inference: Paid, Sealed, then Settled or Refunded
/// @notice Holds the fee of each request until a proof settles its batch or a deadline passes. It then hands the money to
/// the ledger, which holds every balance that can be withdrawn; nothing is ever sent to a third party from here.
interface IInferenceEscrow {
    /// @notice Where a request is in its life. Settled and Refunded are final.
    enum RequestState {
        Unknown,
        Paid,
        Sealed,
        Settled,
        Refunded
    }

    /// @notice A request. What else was pinned at payment is in the record of its epoch.
    struct Request {
        address payer;
        uint96 feeWei;
        /// The contributors' pool: floor(fee * contributors' share).
        uint96 poolWei;
        uint40 modelId;
        uint32 epochId;
        /// After this second it is refunded: its seal deadline while it is Paid, from then on its settle deadline, which is its
        /// seal deadline plus the settle window. Both are known when it is paid.
        uint40 deadline;
        RequestState state;
    }

    /// @notice A sealed batch.
    struct Batch {
        bytes32 batchHash;
        uint40 modelId;
        uint32 epochId;
        /// Sum of the fees of its requests.
        uint128 feesWei;
        /// The earliest settle deadline of its requests.
        uint40 settleDeadline;
        uint8 count;
        bool isSettled;
    }

    /// @notice An operator approved an account as its sealer, or withdrew the approval.
    event SealerApproved(address indexed operator, address indexed sealer, bool isApproved);
    /// @notice A fee was paid.
    event RequestPaid(
        uint256 indexed requestId,
        uint256 indexed modelId,
        address indexed payer,
        uint256 epochId,
        uint256 feeWei,
        uint256 poolWei,
        bytes32 requestHash,
        uint256 sealDeadline
    );
    /// @notice A batch was sealed: with these leaves anyone can check a proof of it and settle.
    event BatchSealed(
        uint256 indexed batchId,
        uint256 indexed modelId,
        uint256 epochId,
        bytes32 batchHash,
        uint256 settleDeadline,
        AttributionStatement.Leaves leaves
    );
    /// @notice A batch was settled by a valid proof.
    event BatchSettled(uint256 indexed batchId, uint256 indexed modelId, address indexed prover, uint256 digest);
    /// @notice A request was refunded to its payer's balance in the ledger.
    event RequestRefunded(uint256 indexed requestId, uint256 indexed modelId, address indexed payer, uint256 feeWei);

    /// @notice A fee must be in [1, 2^76).
    error FeeOutOfRange(uint256 received, uint256 minimum, uint256 maximum);
    /// @notice The caller is neither the model's operator nor one of its sealers.
    error NotOperatorOrSealer(address caller, address operator);
    /// @notice The sealer is the zero address.
    error SealerIsZero();
    /// @notice A batch holds at least one request.
    error BatchIsEmpty();
    /// @notice A batch holds at most as many requests as the circuit has slots for traces.
    error BatchTooLarge(uint256 received, uint256 maximum);
    /// @notice There must be one input and one output commitment for each request.
    error CommitmentsLengthMismatch(uint256 requests, uint256 inputCommitments, uint256 outputCommitments);
    error UnknownRequest(uint256 requestId);
    error UnknownBatch(uint256 batchId);
    /// @notice The request is in another state than Paid.
    error RequestNotPaid(uint256 requestId, RequestState state);
    /// @notice The request was paid to another model.
    error RequestOfOtherModel(uint256 requestId, uint256 modelId, uint256 expectedModelId);
    /// @notice The request was paid in another epoch than the first of the batch.
    error RequestOfOtherEpoch(uint256 requestId, uint256 epochId, uint256 expectedEpochId);
    /// @notice The time to seal the request is over.
    error SealDeadlinePassed(uint256 requestId, uint256 deadline, uint256 timestamp);
    /// @notice The time to settle the batch is over.
    error SettleDeadlinePassed(uint256 batchId, uint256 deadline, uint256 timestamp);
    /// @notice The batch is settled.
    error BatchAlreadySettled(uint256 batchId);
    /// @notice The leaves are not those that were sealed.
    error BatchHashMismatch(uint256 batchId, bytes32 received, bytes32 expected);
    /// @notice The prover is the zero address.
    error ProverIsZero();
    /// @notice The request is Settled or Refunded.
    error RequestNotRefundable(uint256 requestId, RequestState state);
    /// @notice The request can still be sealed or settled.
    error DeadlineNotPassed(uint256 requestId, uint256 deadline, uint256 timestamp);

    /// @notice Pays for an inference of a model with the value sent. Pins, through the epoch it enters, the model version,
    /// the index, the circuit and the policy: those of the running epoch, however new others are. The operator answers with that head.
    /// @param requestHash What the payer asked for; for the operator and for auditors, the contract only logs it.
    /// @return requestId Ids count from 1.
    function pay(uint256 modelId, bytes32 requestHash) external payable returns (uint256 requestId);

    /// @notice Lets another account seal in the caller's place, or no longer. It holds at once, for every model that the caller
    /// operates now or will operate, and for nobody else's: an approval belongs to the operator, so a model that changes its
    /// operator leaves the sealers of the former one behind. A sealer can do nothing but seal; in that it is trusted as the
    /// operator is, because what it seals counts as the operator's answer.
    /// @param sealer Any account but zero; one that a prover node holds, while the operator's own key stays elsewhere.
    function approveSealer(address sealer, bool isApproved) external;

    /// @notice Fixes a batch and its order, and what the operator answered. Operator of the model or one of its sealers only.
    /// @param requestIds Paid requests of this model and of one epoch, each before its seal deadline.
    /// @param inputCommitments Commitments of the features, in [1, r).
    /// @param outputCommitments Commitments of the labels, in [1, r).
    /// @return batchId Ids count from 1.
    function seal(
        uint256 modelId,
        uint256[] calldata requestIds,
        uint256[] calldata inputCommitments,
        uint256[] calldata outputCommitments
    ) external returns (uint256 batchId);

    /// @notice Settles a batch with a proof. By anyone, until its settle deadline.
    /// @param prover Who receives the prover's share. The proof is bound to it: a copied proof pays the original prover.
    /// @param leaves The leaves as sealed.
    /// @param earnings One a slot of the circuit: e + 2^180, with e the slot's signed earning in 2^-64 wei.
    /// @param digest D, the digest of the proof's transcript.
    function settle(
        uint256 batchId,
        address prover,
        AttributionStatement.Leaves calldata leaves,
        uint256[] calldata earnings,
        uint256 digest,
        IVerifierRegistry.Proof calldata proof
    ) external;

    /// @notice Credits a payer with the whole fee of a request that was not sealed, or not settled, in time. By anyone, once
    /// the deadline that applies has passed.
    function refund(uint256 requestId) external;

    /// @notice The public signals that a proof must have to settle this batch. Reads state only; checks the leaves against
    /// the batch and the encoding of the earnings, neither deadlines nor the proof.
    function publicSignalsOf(
        uint256 batchId,
        address prover,
        AttributionStatement.Leaves calldata leaves,
        uint256[] calldata earnings,
        uint256 digest
    ) external view returns (AttributionStatement.PublicSignals memory);

    /// @notice The public signal `context` for a batch and a prover. A prover needs it before it proves.
    function contextOf(uint256 batchId, address prover) external view returns (uint256);

    /// @notice Whether an operator has approved a sealer. An operator needs no approval of its own.
    function isSealerOf(address operator, address sealer) external view returns (bool);

    /// @notice A request, with the state it is in. Reverts with `UnknownRequest`.
    function requestOf(uint256 requestId) external view returns (Request memory);

    /// @notice A batch. Reverts with `UnknownBatch`.
    function batchOf(uint256 batchId) external view returns (Batch memory);
}
