// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {AttributionStatement} from "../../src/AttributionStatement.sol";
import {IEpochLedger} from "../../src/interfaces/IEpochLedger.sol";
import {IInferenceEscrow} from "../../src/interfaces/IInferenceEscrow.sol";
import {IModelRegistry} from "../../src/interfaces/IModelRegistry.sol";
import {IVerifierRegistry} from "../../src/interfaces/IVerifierRegistry.sol";
import {SettlementHandler} from "./SettlementHandler.sol";

/// @title Everything that anyone tries in vain
/// @notice Each attempt must fail, and with the error that is meant for it: one that fails for another reason shows nothing. Both are
/// kept in `breach`.
contract SettlementAttempts is SettlementHandler {
    // --- settling, refunding, sealing, closing out of turn ---

    function attemptToSettleTwiceOrLate(uint256 seed) public {
        seed = _mixed(seed);
        uint256 total = escrow.batchCount();
        for (uint256 i = 0; i < total; ++i) {
            uint256 batchId = 1 + (seed % total + i) % total;
            IInferenceEscrow.Batch memory batch = escrow.batchOf(batchId);
            if (!batch.isSettled && block.timestamp <= batch.settleDeadline) continue;
            (int256[3] memory earnings,) = _earningsOf(batchId, [int40(1), 0, 0], seed);
            bytes memory data = _settlementOf(batchId, prover, earnings);
            if (batch.isSettled) {
                return _attempt("settling a settled batch", data, IInferenceEscrow.BatchAlreadySettled.selector);
            }
            return _attempt("settling a late batch", data, IInferenceEscrow.SettleDeadlinePassed.selector);
        }
        _reached("nothing to do");
    }

    function attemptToRefundTwiceOrInTime(uint256 seed) public {
        seed = _mixed(seed);
        uint256 total = escrow.requestCount();
        for (uint256 i = 0; i < total; ++i) {
            uint256 requestId = 1 + (seed % total + i) % total;
            bytes memory data = abi.encodeCall(escrow.refund, (requestId));
            if (!_isOpen(requestId)) {
                return _attempt("refunding a final request", data, IInferenceEscrow.RequestNotRefundable.selector);
            }
            if (block.timestamp > _refundableAfter(requestId)) continue;
            address account = seed % 2 == 0 ? stranger : escrow.requestOf(requestId).payer;
            return _attemptAs(account, "refunding in time", data, IInferenceEscrow.DeadlineNotPassed.selector);
        }
        _reached("nothing to do");
    }

    /// @dev In the last second before a refund: it is refused, and what it waits for still succeeds.
    function attemptAtTheDeadline(uint256 seed) public {
        seed = _mixed(seed);
        uint256 requestId = _findOpenRequest(seed, false);
        if (requestId == 0) requestId = _payFee(seed, 1 ether);
        uint256 deadline = _refundableAfter(requestId);
        if (block.timestamp > deadline) return _reached("nothing to do");
        vm.warp(deadline);
        bytes memory data = abi.encodeCall(escrow.refund, (requestId));
        _attempt("refunding at the deadline", data, IInferenceEscrow.DeadlineNotPassed.selector);
        uint256 batchId = _batchOf[requestId];
        if (batchId == 0 || isRetired[_circuitOfBatch[batchId]]) return;
        // The batch is due with its oldest request.
        if (escrow.batchOf(batchId).settleDeadline != deadline) return;
        _settleBatch(batchId, [int40(-2), 1, 1], seed);
        _reached("settled at the deadline");
    }

    function attemptToSealOutOfTurn(uint256 seed) public {
        seed = _mixed(seed);
        uint256 first = _payFee(seed, 1 ether);
        bytes4 notAllowed = IInferenceEscrow.NotOperatorOrSealer.selector;
        address account = _sealerAt(seed >> 8);
        if (!_maySeal(account, modelIdOf(first))) {
            _attemptAs(account, "sealing unapproved", _sealingOf(list1(first)), notAllowed);
        }
        bytes4 notPaid = IInferenceEscrow.RequestNotPaid.selector;
        _attemptAsOperator("sealing one request as two", list2(first, first), notPaid);
        (bool isTwice, bool isAcross, bool isLate) = (false, false, false);
        for (uint256 requestId = 1; requestId < first; ++requestId) {
            if (isRetired[_paid[requestId].circuit]) continue;
            bool isPaid = sealedCount[requestId] == 0 && refundedCount[requestId] == 0;
            if (!isPaid && !isTwice) {
                isTwice = true;
                _attemptAsOperator("sealing twice", list1(requestId), notPaid);
            } else if (isPaid && !isLate && block.timestamp > _paid[requestId].deadline) {
                isLate = true;
                _attemptAsOperator("sealing late", list1(requestId), IInferenceEscrow.SealDeadlinePassed.selector);
            } else if (_isSealable(requestId) && !isAcross && !_isOfOneEpoch(requestId, first)) {
                // A batch of two epochs, or of two models, would be netted in the wrong one.
                isAcross = true;
                bytes4 expected = _paid[requestId].model == _paid[first].model
                    ? IInferenceEscrow.RequestOfOtherEpoch.selector
                    : IInferenceEscrow.RequestOfOtherModel.selector;
                _attemptAsOperator("sealing across epochs", list2(first, requestId), expected);
            }
        }
    }

    function attemptToCloseEarly(uint256 seed) public {
        seed = _mixed(seed);
        uint256 model = _models[seed % 3];
        uint256 current = ledger.currentEpochIdOf(model);
        if (current == 0) return _reached("nothing to do");
        uint256 epochId = 1 + (seed >> 8) % current;
        if (_isDue(model, epochId)) return _reached("nothing to do");
        uint256 lastClosed = ledger.lastClosedEpochIdOf(model);
        IEpochLedger.Epoch memory epoch = ledger.epochOf(model, epochId);
        bytes memory data = abi.encodeCall(ledger.closeEpoch, (model, epochId));
        if (epochId <= lastClosed) {
            _attemptAt(address(ledger), "closing twice", data, IEpochLedger.EpochAlreadyClosed.selector);
        } else if (epochId != lastClosed + 1) {
            _attemptAt(address(ledger), "closing out of order", data, IEpochLedger.EarlierEpochNotClosed.selector);
        } else if (epochId == current && block.timestamp < epoch.endsAt) {
            _attemptAt(address(ledger), "closing early", data, IEpochLedger.EpochNotEnded.selector);
        } else {
            bytes4 expected = IEpochLedger.EpochHasOutstandingRequests.selector;
            _attemptAt(address(ledger), "closing with open requests", data, expected);
        }
    }

    // --- proofs of something else ---

    /// @dev As if the circuit were wrong: a valid proof of earnings of which the positive ones, or all of them, exceed what the pools
    /// allow by the least there is.
    function attemptToEarnMoreThanThePools(uint256 seed) public {
        seed = _mixed(seed);
        uint256 batchId = _findOrSealBatch(seed);
        int256[3] memory earnings = _spread([int40(1), -1, 0], _poolsOf(batchId));
        if (seed & 1 == 0) {
            earnings[0] += 1;
            bytes4 expected = IEpochLedger.PositiveEarningsExceedPools.selector;
            _attempt("earning more than the pools", _settlementOf(batchId, prover, earnings), expected);
        } else {
            earnings[2] -= 1;
            bytes4 expected = IEpochLedger.AbsoluteEarningsExceedPools.selector;
            _attempt("losing more than the pools", _settlementOf(batchId, prover, earnings), expected);
        }
    }

    /// @dev A proof seen in the mempool is sent on with something changed.
    function attemptToForge(uint256 seed) public {
        seed = _mixed(seed);
        uint256 batchId = _findOrSealBatch(seed);
        AttributionStatement.Leaves memory leaves = sealedLeavesOf(batchId);
        uint256[] memory earnings = _encoded(_spread([int40(1), -1, 0], _poolsOf(batchId)));
        IVerifierRegistry.Proof memory proof =
            mockProofOf(escrow.publicSignalsOf(batchId, prover, leaves, earnings, DIGEST));
        (address rewarded, bytes4 expected) = (prover, IVerifierRegistry.ProofRejected.selector);
        string memory name;
        uint256 kind = (seed >> 8) % 5;
        if (kind == 0) {
            (name, rewarded) = ("copying a proof for another prover", stranger);
        } else if (kind == 1) {
            name = "changing earnings";
            earnings[2] += 1;
        } else if (kind == 2) {
            (name, expected) = ("changing leaves", IInferenceEscrow.BatchHashMismatch.selector);
            leaves.pools[0] += 1;
        } else if (kind == 3) {
            (name, rewarded, expected) = ("settling for nobody", address(0), IInferenceEscrow.ProverIsZero.selector);
        } else {
            uint256 other = 1 + (seed >> 16) % escrow.batchCount();
            if (other == batchId) return _reached("nothing to do");
            name = "settling with another batch's proof";
            proof = mockProofOf(
                escrow.publicSignalsOf(
                    other, prover, sealedLeavesOf(other), _encoded(_spread([int40(1), -1, 0], _poolsOf(other))), DIGEST
                )
            );
        }
        _attempt(name, abi.encodeCall(escrow.settle, (batchId, rewarded, leaves, earnings, DIGEST, proof)), expected);
    }

    // --- strangers and tombstones ---

    function attemptAsStranger(uint256 seed) public {
        seed = _mixed(seed);
        uint256 model = _models[seed % 3];
        address account = _accounts[(seed >> 8) % _accounts.length];
        bytes4 notOwner = Ownable.OwnableUnauthorizedAccount.selector;
        bytes4 circuit = _circuitOfModel[model];
        uint256 kind = (seed >> 16) % 9;
        if (kind < 1) {
            bytes memory data = abi.encodeCall(policyRegistry.publishPolicy, (defaultPolicy()));
            _attemptAsAt(account, address(policyRegistry), "a stranger at the policies", data, notOwner);
        } else if (kind < 4) {
            bytes memory data = abi.encodeCall(verifierRegistry.retire, (circuit));
            if (kind == 2) data = abi.encodeCall(verifierRegistry.transferOwnership, (account));
            if (kind == 3) {
                data = abi.encodeCall(verifierRegistry.register, (_keyOf(5000), verifier, traces, slots));
            }
            _attemptAsAt(account, address(verifierRegistry), "a stranger at the circuits", data, notOwner);
        } else if (kind < 7) {
            if (account == _ownerOf(model)) account = stranger;
            bytes memory data = abi.encodeCall(modelRegistry.registerIndex, (model, 5, contributors));
            if (kind == 5) data = abi.encodeCall(modelRegistry.registerModelVersion, (model, 5, circuit));
            if (kind == 6) data = abi.encodeCall(modelRegistry.setOperator, (model, account));
            bytes4 expected = IModelRegistry.NotModelOwner.selector;
            _attemptAsAt(account, address(modelRegistry), "a stranger at a model", data, expected);
        } else {
            bytes memory data = abi.encodeCall(ledger.admitRequest, (model));
            if (kind == 8) data = abi.encodeCall(ledger.releaseRequest, (model, 1, account));
            _attemptAsAt(account, address(ledger), "a stranger at the ledger", data, IEpochLedger.NotEscrow.selector);
        }
    }

    /// @dev Under a circuit that was retired nothing is proved, sealed or paid, and it never comes back.
    function attemptOnATombstone(uint256 seed) public {
        seed = _mixed(seed);
        (bytes4 circuit, uint256 model) = _findTombstone(seed);
        if (circuit == 0) return _reached("nothing to do");
        address registry = address(verifierRegistry);
        bytes4 expected = IVerifierRegistry.RetiredCircuit.selector;
        uint256[6] memory signals = [seed, 2, 3, 4, 5, 6];
        IVerifierRegistry.Proof memory proof;
        proof.a[0] = uint256(keccak256(abi.encode(signals)));
        bytes memory data = abi.encodeCall(verifierRegistry.requireValidProof, (circuit, proof, signals));
        _attemptAt(registry, "proving under a retired circuit", data, expected);
        data = abi.encodeCall(verifierRegistry.retire, (circuit));
        _attemptAsAt(governor, registry, "retiring twice", data, expected);
        // Looking at a key's points takes long.
        if (seed & 0x300 == 0) {
            IVerifierRegistry.VerificationKey memory key = _keyOf(_keyNumberOf[circuit]);
            data = abi.encodeCall(verifierRegistry.register, (key, verifier, traces, slots));
            bytes4 taken = IVerifierRegistry.CircuitIdTaken.selector;
            _attemptAsAt(governor, registry, "registering a retired circuit", data, taken);
        }
        if (model != 0) _attemptToPay(model);
        for (uint256 requestId = escrow.requestCount(); requestId > 0; --requestId) {
            if (_paid[requestId].circuit != circuit || !_isOpen(requestId) || sealedCount[requestId] != 0) continue;
            _attemptAsOperator("sealing under a retired circuit", list1(requestId), expected);
            break;
        }
        for (uint256 batchId = escrow.batchCount(); batchId > 0; --batchId) {
            if (_circuitOfBatch[batchId] != circuit || settledCount[_batchRequests[batchId][0]] != 0) continue;
            if (block.timestamp > escrow.batchOf(batchId).settleDeadline) continue;
            (int256[3] memory earnings,) = _earningsOf(batchId, [int40(1), 0, 0], seed);
            _attempt("settling under a retired circuit", _settlementOf(batchId, prover, earnings), expected);
            break;
        }
    }

    function attemptToSendEther(uint256 seed) public {
        address target = _mixed(seed) & 1 == 0 ? address(escrow) : address(ledger);
        (bool isDone,) = target.call{value: 1}("");
        if (isDone) breach = "succeeded: sending ether";
        else _reached("in vain: sending ether");
    }

    // --- parts ---

    function modelIdOf(uint256 requestId) public view returns (uint256) {
        return _paid[requestId].model;
    }

    function _findTombstone(uint256 seed) private view returns (bytes4 circuit, uint256 model) {
        for (uint256 i = 0; i < _circuits.length; ++i) {
            circuit = _circuits[(seed % _circuits.length + i) % _circuits.length];
            if (!isRetired[circuit]) continue;
            for (uint256 j = 0; j < 3; ++j) {
                if (_circuitOfModel[_models[j]] == circuit) model = _models[j];
            }
            return (circuit, model);
        }
        return (bytes4(0), 0);
    }

    function _attemptToPay(uint256 model) private {
        vm.prank(_payers[0]);
        (bool isDone, bytes memory reason) =
            address(escrow).call{value: 1 ether}(abi.encodeCall(escrow.pay, (model, bytes32(0))));
        _judge("paying under a retired circuit", isDone, reason, IVerifierRegistry.RetiredCircuit.selector);
    }

    function _poolsOf(uint256 batchId) private view returns (uint256 poolsWei) {
        uint256[] memory pools = sealedLeavesOf(batchId).pools;
        for (uint256 i = 0; i < pools.length; ++i) {
            poolsWei += pools[i];
        }
    }

    /// @dev Sealing these, with their ids as commitments.
    function _sealingOf(uint256[] memory ids) private view returns (bytes memory) {
        return abi.encodeCall(escrow.seal, (_paid[ids[0]].model, ids, ids, ids));
    }

    function _attemptAsOperator(string memory name, uint256[] memory ids, bytes4 expected) private {
        _attemptAs(_operatorOf[_paid[ids[0]].model], name, _sealingOf(ids), expected);
    }

    function _attempt(string memory name, bytes memory data, bytes4 expected) private {
        _attemptAs(stranger, name, data, expected);
    }

    function _attemptAs(address account, string memory name, bytes memory data, bytes4 expected) private {
        _attemptAsAt(account, address(escrow), name, data, expected);
    }

    function _attemptAt(address target, string memory name, bytes memory data, bytes4 expected) private {
        _attemptAsAt(stranger, target, name, data, expected);
    }

    function _attemptAsAt(address account, address target, string memory name, bytes memory data, bytes4 expected)
        private
    {
        vm.prank(account);
        (bool isDone, bytes memory reason) = target.call(data);
        _judge(name, isDone, reason, expected);
    }

    function _judge(string memory name, bool isDone, bytes memory reason, bytes4 expected) private {
        if (isDone) breach = string.concat("succeeded: ", name);
        else if (bytes4(reason) != expected) breach = string.concat("failed for another reason: ", name);
        _reached(string.concat("in vain: ", name));
    }
}
