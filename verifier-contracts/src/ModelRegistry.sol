// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {Bn254} from "./Bn254.sol";
import {IModelRegistry} from "./interfaces/IModelRegistry.sol";
import {IVerifierRegistry} from "./interfaces/IVerifierRegistry.sol";

/// @title See `IModelRegistry`
contract ModelRegistry is IModelRegistry {
    /// @notice Where circuits are looked up.
    IVerifierRegistry public immutable verifierRegistry;

    /// @notice Number of models; the newest has this id.
    uint256 public modelCount;

    mapping(uint256 modelId => Model) private _models;
    mapping(uint256 modelId => mapping(uint256 modelVersion => ModelVersion)) private _modelVersions;
    mapping(uint256 modelId => mapping(uint256 indexVersion => Index)) private _indexes;

    constructor(IVerifierRegistry verifierRegistry_) {
        verifierRegistry = verifierRegistry_;
    }

    /// @inheritdoc IModelRegistry
    function registerModel(uint256 weightsCommitment, bytes4 circuitId, address operator)
        external
        returns (uint256 modelId)
    {
        if (operator == address(0)) revert OperatorIsZero();

        modelId = ++modelCount;
        _models[modelId] = Model({owner: msg.sender, operator: operator, modelVersion: 0, indexVersion: 0});
        emit ModelRegistered(modelId, msg.sender, operator);
        _registerModelVersion(modelId, weightsCommitment, circuitId);
    }

    /// @inheritdoc IModelRegistry
    function registerModelVersion(uint256 modelId, uint256 weightsCommitment, bytes4 circuitId)
        external
        returns (uint256 modelVersion)
    {
        _requireOwned(modelId);
        return _registerModelVersion(modelId, weightsCommitment, circuitId);
    }

    /// @inheritdoc IModelRegistry
    function registerIndex(uint256 modelId, uint256 indexCommitment, address[] calldata contributors)
        external
        returns (uint256 indexVersion)
    {
        Model storage model = _requireOwned(modelId);
        _requireCommitment(indexCommitment);
        uint32 modelVersion = model.modelVersion;
        bytes4 circuitId = _modelVersions[modelId][modelVersion].circuitId;
        _requireContributors(contributors, verifierRegistry.activeCircuitOf(circuitId).contributors);

        indexVersion = ++model.indexVersion;
        _indexes[modelId][indexVersion] =
            Index({indexCommitment: indexCommitment, modelVersion: modelVersion, contributors: contributors});
        emit IndexRegistered(modelId, indexVersion, modelVersion, indexCommitment, contributors);
    }

    /// @inheritdoc IModelRegistry
    function setOperator(uint256 modelId, address newOperator) external {
        Model storage model = _requireOwned(modelId);
        if (newOperator == address(0)) revert OperatorIsZero();

        address previousOperator = model.operator;
        model.operator = newOperator;
        emit OperatorChanged(modelId, previousOperator, newOperator);
    }

    /// @inheritdoc IModelRegistry
    function modelOf(uint256 modelId) external view returns (Model memory) {
        return _requireModel(modelId);
    }

    /// @inheritdoc IModelRegistry
    function ownerOf(uint256 modelId) external view returns (address) {
        return _requireModel(modelId).owner;
    }

    /// @inheritdoc IModelRegistry
    function operatorOf(uint256 modelId) external view returns (address operator) {
        operator = _models[modelId].operator;
        // No model is without one.
        if (operator == address(0)) revert UnknownModel(modelId);
    }

    /// @inheritdoc IModelRegistry
    function modelVersionOf(uint256 modelId, uint256 modelVersion) external view returns (ModelVersion memory) {
        Model storage model = _requireModel(modelId);
        if (modelVersion == 0 || modelVersion > model.modelVersion) {
            revert UnknownModelVersion(modelId, modelVersion);
        }
        return _modelVersions[modelId][modelVersion];
    }

    /// @inheritdoc IModelRegistry
    function indexOf(uint256 modelId, uint256 indexVersion) external view returns (Index memory) {
        return _requireIndex(modelId, indexVersion);
    }

    /// @inheritdoc IModelRegistry
    function commitmentsOf(uint256 modelId, uint256 indexVersion)
        external
        view
        returns (uint256 weightsCommitment, uint256 indexCommitment)
    {
        Index storage index = _requireIndex(modelId, indexVersion);
        return (_modelVersions[modelId][index.modelVersion].weightsCommitment, index.indexCommitment);
    }

    /// @inheritdoc IModelRegistry
    function payableVersionsOf(uint256 modelId)
        external
        view
        returns (uint32 modelVersion, uint32 indexVersion, bytes4 circuitId)
    {
        Model storage model = _requireModel(modelId);
        modelVersion = model.modelVersion;
        indexVersion = model.indexVersion;
        // Also when there is no index at all: index 0 has model version 0, which no head has.
        if (_indexes[modelId][indexVersion].modelVersion != modelVersion) {
            revert ModelVersionHasNoIndex(modelId, modelVersion);
        }
        circuitId = _modelVersions[modelId][modelVersion].circuitId;
        // Nothing paid under a retired circuit could ever be settled.
        verifierRegistry.activeCircuitOf(circuitId);
    }

    function _registerModelVersion(uint256 modelId, uint256 weightsCommitment, bytes4 circuitId)
        private
        returns (uint256 modelVersion)
    {
        _requireCommitment(weightsCommitment);
        verifierRegistry.activeCircuitOf(circuitId);

        modelVersion = ++_models[modelId].modelVersion;
        _modelVersions[modelId][modelVersion] =
            ModelVersion({weightsCommitment: weightsCommitment, circuitId: circuitId});
        emit ModelVersionRegistered(modelId, modelVersion, weightsCommitment, circuitId);
    }

    function _requireModel(uint256 modelId) private view returns (Model storage model) {
        model = _models[modelId];
        if (model.owner == address(0)) revert UnknownModel(modelId);
    }

    function _requireOwned(uint256 modelId) private view returns (Model storage model) {
        model = _requireModel(modelId);
        if (msg.sender != model.owner) revert NotModelOwner(msg.sender, model.owner);
    }

    function _requireIndex(uint256 modelId, uint256 indexVersion) private view returns (Index storage index) {
        index = _indexes[modelId][indexVersion];
        // Every index is of a head, and heads count from 1.
        if (index.modelVersion == 0) {
            _requireModel(modelId);
            revert UnknownIndex(modelId, indexVersion);
        }
    }

    function _requireCommitment(uint256 commitment) private pure {
        if (commitment == 0 || commitment >= Bn254.R) revert CommitmentNotCanonical(commitment);
    }

    /// @dev Each pair is compared: at 64 contributors that is still a tenth of what storing them costs.
    function _requireContributors(address[] calldata contributors, uint256 maximum) private pure {
        uint256 count = contributors.length;
        if (count == 0 || count > maximum) revert ContributorCountOutOfRange(count, 1, maximum);
        for (uint256 slot = 0; slot < count; ++slot) {
            address contributor = contributors[slot];
            if (contributor == address(0)) revert ContributorIsZero(slot);
            for (uint256 other = 0; other < slot; ++other) {
                if (contributors[other] == contributor) revert ContributorRepeated(contributor, slot, other);
            }
        }
    }
}
