// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {AttributionStatement} from "../../src/AttributionStatement.sol";
import {Bn254} from "../../src/Bn254.sol";
import {IEpochLedger} from "../../src/interfaces/IEpochLedger.sol";
import {IInferenceEscrow} from "../../src/interfaces/IInferenceEscrow.sol";
import {IPolicyRegistry} from "../../src/interfaces/IPolicyRegistry.sol";
import {IVerifierRegistry} from "../../src/interfaces/IVerifierRegistry.sol";
import {SettlementTest} from "../base/SettlementTest.sol";

contract InferenceEscrowSettleTest is SettlementTest {
    function test_BooksThePoolsAndTheFixedShares() public {
        uint256 batchId = seal(list2(pay(1 ether), pay(3 ether)));
        vm.expectEmit(address(escrow));
        emit IInferenceEscrow.BatchSettled(batchId, modelId, prover, DIGEST);
        settle(batchId, earnings3(1 ether, -1.5 ether, 0.25 ether));

        vm.assertTrue(escrow.batchOf(batchId).isSettled);
        vm.assertTrue(escrow.requestOf(1).state == IInferenceEscrow.RequestState.Settled);
        vm.assertTrue(escrow.requestOf(2).state == IInferenceEscrow.RequestState.Settled);
        vm.assertEq(address(escrow).balance, 0);
        vm.assertEq(address(ledger).balance, 4 ether);
        vm.assertEq(ledger.claimableOf(modelOwner), 0.8 ether);
        vm.assertEq(ledger.claimableOf(stakers), 0.6 ether);
        vm.assertEq(ledger.claimableOf(prover), 0.2 ether);
        vm.assertEq(ledger.claimableOf(treasury), 0.4 ether);
        IEpochLedger.Epoch memory epoch = ledger.epochOf(modelId, 1);
        vm.assertEq(epoch.poolsWei, 2 ether);
        vm.assertEq(epoch.outstanding, 0);
        vm.assertEq(ledger.bookedEarningOf(modelId, 1, 0), 1 ether);
        vm.assertEq(ledger.bookedEarningOf(modelId, 1, 1), -1.5 ether);
        vm.assertEq(ledger.bookedEarningOf(modelId, 1, 2), 0.25 ether);
    }

    function test_AcceptsTheLastSecond() public {
        uint256 batchId = seal(payMany(1, FEE));
        vm.warp(escrow.batchOf(batchId).settleDeadline);
        settle(batchId, earnings3(0, 0, 0));
    }

    /// @dev The statement, written out again from the protocol without the library.
    function test_ProvesTheStatementOfTheProtocol() public {
        uint256 batchId = seal(list2(pay(1 ether), pay(3 ether)));
        AttributionStatement.Leaves memory leaves = sealedLeavesOf(batchId);
        uint256[] memory earnings = encode(earnings3(1 ether, -1 ether, 0));

        uint256[] memory x = new uint256[](3 * 4 + 3);
        (x[0], x[1]) = (0.5 ether, 1.5 ether);
        (x[4], x[5]) = (leaves.inputCommitments[0], leaves.inputCommitments[1]);
        (x[8], x[9]) = (leaves.outputCommitments[0], leaves.outputCommitments[1]);
        (x[12], x[13], x[14]) = (2 ** 180 + 2 ** 64 * 1 ether, 2 ** 180 - 2 ** 64 * 1 ether, 2 ** 180);
        bytes memory contextWords =
            abi.encode(keccak256("poa/context/v1"), 31337, address(escrow), batchId, escrow.batchOf(batchId).batchHash);
        contextWords = bytes.concat(
            contextWords, abi.encode(verifierRegistry.circuitOf(circuitId).keyHash, modelId, 1, 1, 1, 1, prover)
        );
        AttributionStatement.PublicSignals memory signals;
        signals.digest = DIGEST;
        signals.context = uint256(keccak256(contextWords)) >> 8;
        signals.weightsCommitment = WEIGHTS_COMMITMENT;
        signals.indexCommitment = INDEX_COMMITMENT;
        signals.challenge = uint256(
            keccak256(
                abi.encode(
                    keccak256("poa/challenge/v1"), signals.context, DIGEST, WEIGHTS_COMMITMENT, INDEX_COMMITMENT, x
                )
            )
        ) >> 8;
        uint256 power = 1;
        for (uint256 i = 0; i < x.length; ++i) {
            power = mulmod(power, signals.challenge, Bn254.R);
            signals.evaluation = addmod(signals.evaluation, mulmod(x[i], power, Bn254.R), Bn254.R);
        }

        escrow.settle(batchId, prover, leaves, earnings, DIGEST, mockProofOf(signals));
        vm.assertTrue(escrow.batchOf(batchId).isSettled);
    }

    function test_PolicyOfThePaymentApplies() public {
        uint256[] memory requestIds = payMany(1, 1 ether);
        IPolicyRegistry.Policy memory policy = defaultPolicy();
        (policy.contributorsBps, policy.modelOwnerBps, policy.treasury) = (1000, 6000, stranger);
        publishPolicy(policy);
        settle(seal(requestIds), earnings3(0, 0, 0));
        vm.assertEq(ledger.claimableOf(modelOwner), 0.2 ether);
        vm.assertEq(ledger.claimableOf(treasury), 0.1 ether);
        vm.assertEq(ledger.claimableOf(stranger), 0);
        vm.assertEq(ledger.epochOf(modelId, 1).poolsWei, 0.5 ether);
    }

    /// @dev New head and index between payments, and before settlement: the old commitments are what is proved.
    function test_VersionsOfThePaymentApply() public {
        uint256 early = pay(FEE);
        vm.prank(modelOwner);
        modelRegistry.registerModelVersion(modelId, 8, circuitId);
        registerIndex(9, contributors);
        uint256 batchId = seal(list2(early, pay(FEE)));
        AttributionStatement.PublicSignals memory signals =
            escrow.publicSignalsOf(batchId, prover, sealedLeavesOf(batchId), encode(earnings3(0, 0, 0)), DIGEST);
        vm.assertEq(signals.weightsCommitment, WEIGHTS_COMMITMENT);
        vm.assertEq(signals.indexCommitment, INDEX_COMMITMENT);
        settle(batchId, earnings3(0, 0, 0));
    }

    /// @dev The sum of all parts is the fees, to the wei, whatever the fees and shares.
    function testFuzz_SharesConserveWei(uint96[4] memory fees, uint16[4] memory bps) public {
        IPolicyRegistry.Policy memory policy = defaultPolicy();
        policy.contributorsBps = uint16(bound(bps[0], 0, 9500));
        policy.modelOwnerBps = uint16(bound(bps[1], 0, 9500 - policy.contributorsBps));
        policy.stakersBps = uint16(bound(bps[2], 0, 9500 - policy.contributorsBps - policy.modelOwnerBps));
        policy.proverBps =
            uint16(bound(bps[3], 0, 9500 - policy.contributorsBps - policy.modelOwnerBps - policy.stakersBps));
        policy.treasuryBps =
            10_000 - policy.contributorsBps - policy.modelOwnerBps - policy.stakersBps - policy.proverBps;
        publishPolicy(policy);

        uint256 feesWei = 0;
        uint256[] memory requestIds = new uint256[](4);
        vm.deal(payer, 2 ** 99);
        for (uint256 i = 0; i < 4; ++i) {
            uint256 feeWei = bound(fees[i], 1, 2 ** 76 - 1);
            feesWei += feeWei;
            requestIds[i] = pay(feeWei);
        }
        settle(seal(requestIds), earnings3(0, 0, 0));

        uint256 treasuryWei = ledger.claimableOf(treasury);
        uint256 total = ledger.epochOf(modelId, 1).poolsWei + ledger.claimableOf(modelOwner)
            + ledger.claimableOf(stakers) + ledger.claimableOf(prover) + treasuryWei;
        vm.assertEq(total, feesWei);
        vm.assertEq(address(ledger).balance, feesWei);
        vm.assertGe(treasuryWei, feesWei * policy.treasuryBps / 10_000, "rounding cost the treasury its share");
        // Three shares and four pools, each rounded by less than one wei.
        vm.assertLe(treasuryWei, feesWei * policy.treasuryBps / 10_000 + 8, "more than rounding went to the treasury");
    }

    function test_AnyoneSettlesAndTheProverIsPaid() public {
        settle(seal(payMany(1, 1 ether)), earnings3(0, 0, 0));
        vm.assertEq(ledger.claimableOf(prover), 0.05 ether);
        vm.assertEq(ledger.claimableOf(stranger), 0);
    }

    function test_RevertWhen_ProofNamesAnotherProver() public {
        uint256 batchId = seal(payMany(1, FEE));
        AttributionStatement.Leaves memory leaves = sealedLeavesOf(batchId);
        uint256[] memory earnings = encode(earnings3(0, 0, 0));
        IVerifierRegistry.Proof memory proof =
            mockProofOf(escrow.publicSignalsOf(batchId, prover, leaves, earnings, DIGEST));
        vm.expectRevert(abi.encodeWithSelector(IVerifierRegistry.ProofRejected.selector, circuitId));
        escrow.settle(batchId, stranger, leaves, earnings, DIGEST, proof);
    }

    /// @dev One proof; each thing it is bound to, changed alone.
    function test_RevertWhen_AnyPartOfTheStatementDiffers() public {
        uint256 batchId = seal(payMany(2, FEE));
        uint256 twinId = seal(payMany(2, FEE));
        AttributionStatement.Leaves memory leaves = sealedLeavesOf(batchId);
        uint256[] memory earnings = encode(earnings3(1, 2, -3));
        IVerifierRegistry.Proof memory proof =
            mockProofOf(escrow.publicSignalsOf(batchId, prover, leaves, earnings, DIGEST));
        bytes memory rejected = abi.encodeWithSelector(IVerifierRegistry.ProofRejected.selector, circuitId);

        for (uint256 slot = 0; slot < 3; ++slot) {
            uint256[] memory others = encode(earnings3(1, 2, -3));
            others[slot] += 1;
            vm.expectRevert(rejected);
            escrow.settle(batchId, prover, leaves, others, DIGEST, proof);
        }
        vm.expectRevert(rejected);
        escrow.settle(batchId, prover, leaves, earnings, DIGEST + 1, proof);
        vm.expectRevert(rejected);
        escrow.settle(twinId, prover, sealedLeavesOf(twinId), earnings, DIGEST, proof);
        vm.chainId(1);
        vm.expectRevert(rejected);
        escrow.settle(batchId, prover, leaves, earnings, DIGEST, proof);
        vm.chainId(CHAIN_ID);
        escrow.settle(batchId, prover, leaves, earnings, DIGEST, proof);
    }

    /// @dev Where nothing is to be divided, the prover's share and the contributors' pools still are at stake.
    function test_RevertWhen_ProofIsFalseAndNobodyEarns() public {
        _expectProofRejected(seal(payMany(2, FEE)));
        _expectProofRejected(seal(payMany(2, 1)));
        IPolicyRegistry.Policy memory policy = defaultPolicy();
        (policy.contributorsBps, policy.treasuryBps) = (0, 6000);
        publishPolicy(policy);
        uint256 batchId = seal(payMany(2, FEE));
        vm.assertEq(sealedLeavesOf(batchId).pools[0], 0);
        _expectProofRejected(batchId);
    }

    function test_RevertWhen_LeavesDiffer() public {
        uint256 batchId = seal(payMany(2, FEE));
        uint256[] memory earnings = encode(earnings3(0, 0, 0));
        AttributionStatement.Leaves memory leaves = sealedLeavesOf(batchId);
        leaves.pools[0] += 1;
        _expectMismatch(batchId, leaves, earnings);
        leaves.pools[0] -= 1;
        leaves.requestIds[1] += 1;
        _expectMismatch(batchId, leaves, earnings);
        leaves.requestIds[1] -= 1;
        leaves.inputCommitments[0] += 1;
        _expectMismatch(batchId, leaves, earnings);
        leaves.inputCommitments[0] -= 1;
        leaves.outputCommitments[1] += 1;
        _expectMismatch(batchId, leaves, earnings);
        leaves.outputCommitments[1] -= 1;
        (leaves.requestIds[0], leaves.requestIds[1]) = (leaves.requestIds[1], leaves.requestIds[0]);
        _expectMismatch(batchId, leaves, earnings);
        leaves = sealedLeavesOf(batchId);
        leaves.pools = new uint256[](3);
        _expectMismatch(batchId, leaves, earnings);
        _expectMismatch(batchId, sealedLeavesOf(99), earnings);
    }

    function test_RevertWhen_EarningsLengthMismatch() public {
        uint256 batchId = seal(payMany(1, FEE));
        for (uint256 length = 2; length <= 4; length += 2) {
            _expectRefusal(
                batchId,
                new uint256[](length),
                abi.encodeWithSelector(AttributionStatement.EarningsLengthMismatch.selector, length, 3)
            );
        }
    }

    function test_RevertWhen_EarningNotCanonical() public {
        uint256 batchId = seal(payMany(1, FEE));
        uint256[] memory earnings = encode(earnings3(0, 0, 0));
        earnings[1] = 2 ** 181;
        _expectRefusal(
            batchId, earnings, abi.encodeWithSelector(AttributionStatement.EarningNotCanonical.selector, 1, 2 ** 181)
        );
        earnings[1] = 2 ** 180 + Bn254.R;
        _expectRefusal(
            batchId, earnings, abi.encodeWithSelector(AttributionStatement.EarningNotCanonical.selector, 1, earnings[1])
        );
    }

    function test_RevertWhen_ProverIsZero() public {
        uint256 batchId = seal(payMany(1, FEE));
        AttributionStatement.Leaves memory leaves = sealedLeavesOf(batchId);
        IVerifierRegistry.Proof memory proof;
        vm.expectRevert(abi.encodeWithSelector(IInferenceEscrow.ProverIsZero.selector));
        escrow.settle(batchId, address(0), leaves, new uint256[](3), DIGEST, proof);
    }

    function test_RevertWhen_UnknownBatch() public {
        AttributionStatement.Leaves memory leaves;
        IVerifierRegistry.Proof memory proof;
        for (uint256 batchId = 0; batchId < 2; ++batchId) {
            vm.expectRevert(abi.encodeWithSelector(IInferenceEscrow.UnknownBatch.selector, batchId));
            escrow.settle(batchId, prover, leaves, new uint256[](3), DIGEST, proof);
        }
    }

    /// @dev Another valid proof of the same statement changes nothing: what is keyed on is the batch.
    function test_RevertWhen_AlreadySettled() public {
        uint256 batchId = seal(payMany(1, FEE));
        AttributionStatement.Leaves memory leaves = sealedLeavesOf(batchId);
        uint256[] memory earnings = encode(earnings3(0, 0, 0));
        IVerifierRegistry.Proof memory proof =
            mockProofOf(escrow.publicSignalsOf(batchId, prover, leaves, earnings, DIGEST));
        escrow.settle(batchId, prover, leaves, earnings, DIGEST, proof);
        proof.a[1] = 1;
        vm.expectRevert(abi.encodeWithSelector(IInferenceEscrow.BatchAlreadySettled.selector, batchId));
        escrow.settle(batchId, prover, leaves, earnings, DIGEST, proof);
    }

    function test_RevertWhen_DeadlinePassed() public {
        uint256 batchId = seal(payMany(1, FEE));
        uint256 deadline = escrow.batchOf(batchId).settleDeadline;
        vm.warp(deadline + 1);
        _expectRefusal(
            batchId,
            encode(earnings3(0, 0, 0)),
            abi.encodeWithSelector(IInferenceEscrow.SettleDeadlinePassed.selector, batchId, deadline, deadline + 1)
        );
    }

    function test_RevertWhen_CircuitRetired() public {
        uint256 batchId = seal(payMany(1, FEE));
        vm.prank(governor);
        verifierRegistry.retire(circuitId);
        _expectRefusal(
            batchId,
            encode(earnings3(0, 0, 0)),
            abi.encodeWithSelector(IVerifierRegistry.RetiredCircuit.selector, circuitId)
        );
    }

    /// @dev A circuit that would let a proof earn too much is contained to its own batch.
    function test_RevertWhen_ProvenEarningsExceedThePools() public {
        uint256 batchId = seal(payMany(1, 1 ether));
        uint256 limit = 0.5 ether * 2 ** 64;
        uint256[] memory earnings = encode(earnings3(0.25 ether, 0.25 ether, 0));
        earnings[2] += 1;
        _expectRefusalOfValidProof(
            batchId,
            earnings,
            abi.encodeWithSelector(IEpochLedger.PositiveEarningsExceedPools.selector, limit + 1, limit)
        );
        earnings = encode(earnings3(0.5 ether, -0.5 ether, 0));
        earnings[2] -= 1;
        _expectRefusalOfValidProof(
            batchId,
            earnings,
            abi.encodeWithSelector(IEpochLedger.AbsoluteEarningsExceedPools.selector, 2 * limit + 1, 2 * limit)
        );
        settle(batchId, earnings3(0.5 ether, -0.25 ether, -0.25 ether));
    }

    function _expectMismatch(uint256 batchId, AttributionStatement.Leaves memory leaves, uint256[] memory earnings)
        private
    {
        bytes32 received = keccak256(
            abi.encode(
                leaves.requestIds.length,
                leaves.requestIds,
                leaves.pools,
                leaves.inputCommitments,
                leaves.outputCommitments
            )
        );
        IVerifierRegistry.Proof memory proof;
        bytes32 expected = escrow.batchOf(batchId).batchHash;
        vm.expectRevert(
            abi.encodeWithSelector(IInferenceEscrow.BatchHashMismatch.selector, batchId, received, expected)
        );
        escrow.settle(batchId, prover, leaves, earnings, DIGEST, proof);
    }

    function _expectRefusal(uint256 batchId, uint256[] memory earnings, bytes memory reason) private {
        AttributionStatement.Leaves memory leaves = sealedLeavesOf(batchId);
        IVerifierRegistry.Proof memory proof;
        vm.expectRevert(reason);
        escrow.settle(batchId, prover, leaves, earnings, DIGEST, proof);
    }

    function _expectRefusalOfValidProof(uint256 batchId, uint256[] memory earnings, bytes memory reason) private {
        AttributionStatement.Leaves memory leaves = sealedLeavesOf(batchId);
        IVerifierRegistry.Proof memory proof =
            mockProofOf(escrow.publicSignalsOf(batchId, prover, leaves, earnings, DIGEST));
        vm.expectRevert(reason);
        escrow.settle(batchId, prover, leaves, earnings, DIGEST, proof);
    }

    function _expectProofRejected(uint256 batchId) private {
        AttributionStatement.Leaves memory leaves = sealedLeavesOf(batchId);
        IVerifierRegistry.Proof memory proof;
        vm.expectRevert(abi.encodeWithSelector(IVerifierRegistry.ProofRejected.selector, circuitId));
        escrow.settle(batchId, prover, leaves, encode(earnings3(0, 0, 0)), DIGEST, proof);
    }
}
