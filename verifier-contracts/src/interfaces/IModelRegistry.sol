// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

/// @title Models, the versions of their heads and of their influence indexes
/// @notice Append-only: every version stays readable for ever. Both kinds of version count from 1 for each model and never
/// start over, so (modelId, indexVersion) names one index, and through it one version of the head.
interface IModelRegistry {
    /// @notice A model as it stands now.
    struct Model {
        /// Who registers versions and receives the model owner's share.
        address owner;
        /// Who answers payers and seals batches, itself or through sealers that it approves at the escrow.
        address operator;
        uint32 modelVersion;
        /// The newest index of any version of the head; 0 while there is none.
        uint32 indexVersion;
    }

    /// @notice One version of the head.
    struct ModelVersion {
        uint256 weightsCommitment;
        bytes4 circuitId;
    }

    /// @notice One version of the influence index. The slot of a contributor is its position in `contributors`.
    struct Index {
        uint256 indexCommitment;
        /// The version of the head that this index was computed for.
        uint32 modelVersion;
        address[] contributors;
    }

    /// @notice A model was registered.
    event ModelRegistered(uint256 indexed modelId, address indexed owner, address indexed operator);
    /// @notice A version of the head was registered and is current. Once it has an index, the next epoch is opened under it.
    event ModelVersionRegistered(
        uint256 indexed modelId, uint256 indexed modelVersion, uint256 weightsCommitment, bytes4 circuitId
    );
    /// @notice An index was registered and is current: the next epoch is opened under it.
    event IndexRegistered(
        uint256 indexed modelId,
        uint256 indexed indexVersion,
        uint256 modelVersion,
        uint256 indexCommitment,
        address[] contributors
    );
    /// @notice The operator of a model changed.
    event OperatorChanged(uint256 indexed modelId, address indexed previousOperator, address indexed newOperator);

    /// @notice A commitment is 0 or not below r, the order of the scalar field.
    error CommitmentNotCanonical(uint256 received);
    /// @notice The operator is the zero address.
    error OperatorIsZero();
    /// @notice The list is empty, or longer than the circuit has slots.
    error ContributorCountOutOfRange(uint256 received, uint256 minimum, uint256 maximum);
    /// @notice The contributor of a slot is the zero address.
    error ContributorIsZero(uint256 slot);
    /// @notice One contributor stands in two slots.
    error ContributorRepeated(address contributor, uint256 slot, uint256 otherSlot);
    /// @notice Only the model's owner may do this.
    error NotModelOwner(address caller, address owner);
    /// @notice No model has this id.
    error UnknownModel(uint256 modelId);
    error UnknownModelVersion(uint256 modelId, uint256 modelVersion);
    error UnknownIndex(uint256 modelId, uint256 indexVersion);
    /// @notice The current version of the head has no index yet, so nobody could be paid for an inference.
    error ModelVersionHasNoIndex(uint256 modelId, uint256 modelVersion);

    /// @notice Registers a model with version 1 of its head. The caller becomes its owner.
    /// @param weightsCommitment Poseidon commitment of the head, in [1, r).
    /// @param circuitId A registered circuit that is not retired.
    /// @return modelId Ids count from 1.
    function registerModel(uint256 weightsCommitment, bytes4 circuitId, address operator)
        external
        returns (uint256 modelId);

    /// @notice Registers a new version of the head, which becomes current. Owner of the model only. The running epoch keeps the
    /// head that it pinned until it ends; no other is opened until `registerIndex` follows.
    function registerModelVersion(uint256 modelId, uint256 weightsCommitment, bytes4 circuitId)
        external
        returns (uint256 modelVersion);

    /// @notice Registers an influence index for the current version of the head. Owner of the model only. The running epoch keeps
    /// the index that it pinned until it ends; the next one is opened under the newest.
    /// @param indexCommitment Poseidon commitment of the index, in [1, r).
    /// @param contributors Payout addresses by slot: at least one, at most the circuit's K, none zero, none twice.
    function registerIndex(uint256 modelId, uint256 indexCommitment, address[] calldata contributors)
        external
        returns (uint256 indexVersion);

    /// @notice Changes who may seal, at once and for requests already paid as well; sealers of the former operator may no
    /// longer. Owner of the model only.
    function setOperator(uint256 modelId, address newOperator) external;

    /// @notice A model. Reverts with `UnknownModel`.
    function modelOf(uint256 modelId) external view returns (Model memory);

    /// @notice The owner of a model alone. Reverts with `UnknownModel`.
    function ownerOf(uint256 modelId) external view returns (address);

    /// @notice The operator of a model alone. Reverts with `UnknownModel`.
    function operatorOf(uint256 modelId) external view returns (address);

    /// @notice A version of a head, old ones included. Reverts with `UnknownModelVersion`.
    function modelVersionOf(uint256 modelId, uint256 modelVersion) external view returns (ModelVersion memory);

    /// @notice An index, old ones included. Reverts with `UnknownIndex`.
    function indexOf(uint256 modelId, uint256 indexVersion) external view returns (Index memory);

    /// @notice The two commitments that a proof for this index is about. Reverts with `UnknownIndex`.
    function commitmentsOf(uint256 modelId, uint256 indexVersion)
        external
        view
        returns (uint256 weightsCommitment, uint256 indexCommitment);

    /// @notice What an epoch that is opened now pins; payments within a running epoch get what that one pinned. Reverts when no
    /// epoch can be opened: the model is unknown, its head has no index yet, or its circuit is retired.
    function payableVersionsOf(uint256 modelId)
        external
        view
        returns (uint32 modelVersion, uint32 indexVersion, bytes4 circuitId);
}
