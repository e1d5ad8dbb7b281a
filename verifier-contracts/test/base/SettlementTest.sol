// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {AttributionStatement} from "../../src/AttributionStatement.sol";
import {EpochLedger} from "../../src/EpochLedger.sol";
import {InferenceEscrow} from "../../src/InferenceEscrow.sol";
import {ModelRegistry} from "../../src/ModelRegistry.sol";
import {PolicyRegistry} from "../../src/PolicyRegistry.sol";
import {VerifierRegistry} from "../../src/VerifierRegistry.sol";
import {IGroth16Verifier} from "../../src/interfaces/IGroth16Verifier.sol";
import {IPolicyRegistry} from "../../src/interfaces/IPolicyRegistry.sol";
import {IVerifierRegistry} from "../../src/interfaces/IVerifierRegistry.sol";
import {MockGroth16Verifier} from "../mocks/MockGroth16Verifier.sol";
import {TestBase} from "./TestBase.sol";
import {VerificationKeys} from "./VerificationKeys.sol";

/// @title A deployed system with one payable model, and each step of an inference's life as one call
/// @dev The escrow stands at a fixed address of a fixed chain, so that proofs made elsewhere can name it.
abstract contract SettlementTest is TestBase {
    address internal constant SETTLEMENT = 0x000000000000000000000000000000000000e5c0;
    uint256 internal constant CHAIN_ID = 31337;
    uint256 internal constant START = 1_800_000_000;

    uint256 internal constant WEIGHTS_COMMITMENT = 111;
    uint256 internal constant INDEX_COMMITMENT = 222;
    uint256 internal constant DIGEST = 333;
    uint256 internal constant FEE = 1 ether;

    /// @dev The shape of the circuit. An odd number of contributor slots leaves half a storage word over.
    uint32 internal traces = 4;
    uint32 internal slots = 3;

    PolicyRegistry internal policyRegistry;
    VerifierRegistry internal verifierRegistry;
    ModelRegistry internal modelRegistry;
    InferenceEscrow internal escrow;
    EpochLedger internal ledger;
    IGroth16Verifier internal verifier;

    address internal governor = named("governor");
    address internal treasury = named("treasury");
    address internal stakers = named("stakers");
    address internal modelOwner = named("modelOwner");
    address internal operator = named("operator");
    address internal sealer = named("sealer");
    address internal prover = named("prover");
    address internal payer = named("payer");
    address internal stranger = named("stranger");

    bytes4 internal circuitId;
    uint256 internal modelId;
    address[] internal contributors;

    mapping(uint256 batchId => AttributionStatement.Leaves) private _leaves;

    function setUp() public virtual {
        deploySystem();
        verifier = new MockGroth16Verifier();
        circuitId = registerCircuit(VerificationKeys.sample());
        // Others come first, so that no id of an epoch, batch or request is taken for that of the model unnoticed.
        for (uint256 i = 0; i < 6; ++i) {
            modelRegistry.registerModel(1 + i, circuitId, stranger);
        }
        registerModel(WEIGHTS_COMMITMENT, INDEX_COMMITMENT);
    }

    // --- set-up ---

    function deploySystem() internal {
        vm.chainId(CHAIN_ID);
        vm.warp(START);
        vm.deal(payer, 1e27);
        policyRegistry = new PolicyRegistry(governor, defaultPolicy());
        verifierRegistry = new VerifierRegistry(governor);
        modelRegistry = new ModelRegistry(verifierRegistry);
        createEscrowAt(SETTLEMENT);
    }

    /// @dev Creates the escrow, and with it the ledger, at an address that the test chooses.
    function createEscrowAt(address settlement) internal {
        createAt(
            settlement,
            abi.encodePacked(
                type(InferenceEscrow).creationCode, abi.encode(policyRegistry, modelRegistry, verifierRegistry)
            )
        );
        escrow = InferenceEscrow(settlement);
        ledger = EpochLedger(address(escrow.ledger()));
    }

    /// @dev A model with one index that names a contributor for each slot.
    function registerModel(uint256 weightsCommitment, uint256 indexCommitment) internal {
        for (uint256 slot = 0; slot < slots; ++slot) {
            contributors.push(contributorOf(slot));
        }
        vm.startPrank(modelOwner);
        modelId = modelRegistry.registerModel(weightsCommitment, circuitId, operator);
        modelRegistry.registerIndex(modelId, indexCommitment, contributors);
        vm.stopPrank();
    }

    /// @dev The default policy of the protocol.
    function defaultPolicy() internal view returns (IPolicyRegistry.Policy memory) {
        return IPolicyRegistry.Policy({
            contributorsBps: 5000,
            modelOwnerBps: 2000,
            stakersBps: 1500,
            proverBps: 500,
            treasuryBps: 1000,
            treasury: treasury,
            stakers: stakers,
            epochLength: 1 days,
            sealWindow: 1 hours,
            settleWindow: 2 hours
        });
    }

    function registerCircuit(IVerifierRegistry.VerificationKey memory key) internal returns (bytes4) {
        vm.prank(governor);
        return verifierRegistry.register(key, verifier, traces, slots);
    }

    /// @dev Another key that is sound: the sample with IC points in another order.
    function otherKey() internal pure returns (IVerifierRegistry.VerificationKey memory key) {
        key = VerificationKeys.sample();
        (key.ic[5], key.ic[6]) = (key.ic[6], key.ic[5]);
    }

    function contributorOf(uint256 slot) internal pure returns (address) {
        return address(uint160(0xC0000000 + slot));
    }

    function publishPolicy(IPolicyRegistry.Policy memory policy) internal returns (uint256) {
        vm.prank(governor);
        return policyRegistry.publishPolicy(policy);
    }

    function registerIndex(uint256 commitment, address[] memory accounts) internal returns (uint256) {
        vm.prank(modelOwner);
        return modelRegistry.registerIndex(modelId, commitment, accounts);
    }

    // --- steps ---

    function pay(uint256 feeWei) internal returns (uint256) {
        vm.prank(payer);
        return escrow.pay{value: feeWei}(modelId, bytes32("request"));
    }

    function payMany(uint256 count, uint256 feeWei) internal returns (uint256[] memory requestIds) {
        requestIds = new uint256[](count);
        for (uint256 i = 0; i < count; ++i) {
            requestIds[i] = pay(feeWei);
        }
    }

    function seal(uint256[] memory requestIds) internal returns (uint256) {
        return sealAs(operator, requestIds);
    }

    /// @dev Seals with commitments that follow from the request ids, and remembers the leaves.
    function sealAs(address account, uint256[] memory requestIds) internal returns (uint256 batchId) {
        AttributionStatement.Leaves memory leaves = leavesFor(requestIds);
        vm.prank(account);
        batchId = escrow.seal(modelId, requestIds, leaves.inputCommitments, leaves.outputCommitments);
        _leaves[batchId] = leaves;
    }

    function leavesFor(uint256[] memory requestIds) internal view returns (AttributionStatement.Leaves memory leaves) {
        uint256 count = requestIds.length;
        leaves.requestIds = requestIds;
        leaves.pools = new uint256[](count);
        leaves.inputCommitments = new uint256[](count);
        leaves.outputCommitments = new uint256[](count);
        for (uint256 i = 0; i < count; ++i) {
            leaves.pools[i] = escrow.requestOf(requestIds[i]).poolWei;
            leaves.inputCommitments[i] = uint256(keccak256(abi.encode("input", requestIds[i]))) >> 8;
            leaves.outputCommitments[i] = uint256(keccak256(abi.encode("output", requestIds[i]))) >> 8;
        }
    }

    function sealedLeavesOf(uint256 batchId) internal view returns (AttributionStatement.Leaves memory) {
        return _leaves[batchId];
    }

    /// @dev Settles as anybody, with a proof of these earnings in whole wei.
    function settle(uint256 batchId, int256[] memory earningsWei) internal {
        settleEncoded(batchId, encode(earningsWei));
    }

    function settleEncoded(uint256 batchId, uint256[] memory earnings) internal {
        AttributionStatement.Leaves memory leaves = _leaves[batchId];
        IVerifierRegistry.Proof memory proof =
            mockProofOf(escrow.publicSignalsOf(batchId, prover, leaves, earnings, DIGEST));
        vm.prank(stranger);
        escrow.settle(batchId, prover, leaves, earnings, DIGEST, proof);
    }

    /// @dev Pays, seals and settles one request.
    function payAndSettle(uint256 feeWei, int256[] memory earningsWei) internal {
        settle(seal(payMany(1, feeWei)), earningsWei);
    }

    function endEpoch() internal {
        vm.warp(ledger.epochOf(modelId, ledger.currentEpochIdOf(modelId)).endsAt);
    }

    // --- encodings ---

    function mockProofOf(AttributionStatement.PublicSignals memory signals)
        internal
        pure
        returns (IVerifierRegistry.Proof memory proof)
    {
        proof.a[0] = uint256(keccak256(abi.encode(signals)));
    }

    /// @dev Whole wei to e + 2^180.
    function encode(int256[] memory earningsWei) internal pure returns (uint256[] memory encoded) {
        encoded = new uint256[](earningsWei.length);
        for (uint256 i = 0; i < encoded.length; ++i) {
            encoded[i] = encodeFraction(earningsWei[i] * 2 ** 64);
        }
    }

    /// @dev e in 2^-64 wei to e + 2^180.
    function encodeFraction(int256 earning) internal pure returns (uint256) {
        return uint256(earning + 2 ** 180);
    }

    function earnings3(int256 first, int256 second, int256 third) internal pure returns (int256[] memory values) {
        values = new int256[](3);
        (values[0], values[1], values[2]) = (first, second, third);
    }

    function list1(uint256 first) internal pure returns (uint256[] memory values) {
        values = new uint256[](1);
        values[0] = first;
    }

    function list2(uint256 first, uint256 second) internal pure returns (uint256[] memory values) {
        values = new uint256[](2);
        (values[0], values[1]) = (first, second);
    }
}
