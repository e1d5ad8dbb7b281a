// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {AttributionStatement} from "../../src/AttributionStatement.sol";
import {IInferenceEscrow} from "../../src/interfaces/IInferenceEscrow.sol";
import {RealProofTest} from "../base/RealProofTest.sol";

/// @dev A real proof, sent with other data than the X that it is about: every way in which calldata can say something else.
contract InferenceEscrowForgedDataTest is RealProofTest {
    uint256 private _batchId;

    function setUp() public override {
        super.setUp();
        _batchId = openBatch();
    }

    function test_RevertWhen_APoolIs2To96OrPlusR() public {
        AttributionStatement.Leaves memory leaves = fixture.leaves;
        leaves.pools[0] = 2 ** 96;
        _expectMismatch(leaves);
        leaves.pools[0] = fixture.leaves.pools[0] + R;
        _expectMismatch(leaves);
    }

    function test_RevertWhen_AnEarningIs2To181OrPlusR() public {
        for (uint256 slot = 0; slot < slots; ++slot) {
            uint256[2] memory refused = [2 ** 181, fixture.encodedEarnings[slot] + R];
            for (uint256 i = 0; i < 2; ++i) {
                uint256[] memory earnings = fixture.encodedEarnings;
                earnings[slot] = refused[i];
                _expectRefusal(
                    earnings,
                    abi.encodeWithSelector(AttributionStatement.EarningNotCanonical.selector, slot, refused[i])
                );
            }
        }
    }

    function test_RevertWhen_ACommitmentIsPlusR() public {
        AttributionStatement.Leaves memory leaves = fixture.leaves;
        leaves.inputCommitments[2] += R;
        _expectMismatch(leaves);
        leaves = fixture.leaves;
        leaves.outputCommitments[0] += R;
        _expectMismatch(leaves);
    }

    function test_RevertWhen_EarningsAreShifted() public {
        uint256[] memory earnings = fixture.encodedEarnings;
        uint256 last = earnings[slots - 1];
        for (uint256 slot = slots - 1; slot > 0; --slot) {
            earnings[slot] = earnings[slot - 1];
        }
        earnings[0] = last;
        _expectRefusal(earnings, proofRejected());
    }

    /// @dev The last output commitment becomes a pool, and so on: the same words in the same order, other lists.
    function test_RevertWhen_LeavesAreShifted() public {
        AttributionStatement.Leaves memory leaves = fixture.leaves;
        (leaves.pools[0], leaves.inputCommitments[0], leaves.outputCommitments[0]) =
        (leaves.outputCommitments[0], leaves.pools[0], leaves.inputCommitments[0]);
        _expectMismatch(leaves);
    }

    function test_RevertWhen_EarningsAreShort() public {
        _expectRefusal(
            new uint256[](slots - 1),
            abi.encodeWithSelector(AttributionStatement.EarningsLengthMismatch.selector, slots - 1, slots)
        );
    }

    function test_RevertWhen_EarningsAreLong() public {
        _expectRefusal(
            new uint256[](slots + 1),
            abi.encodeWithSelector(AttributionStatement.EarningsLengthMismatch.selector, slots + 1, slots)
        );
    }

    function test_RevertWhen_LeavesAreShort() public {
        _expectMismatch(_resized(2));
    }

    function test_RevertWhen_AnEmptySlotIsFilled() public {
        AttributionStatement.Leaves memory leaves = _resized(4);
        (leaves.requestIds[3], leaves.pools[3], leaves.inputCommitments[3], leaves.outputCommitments[3]) = (4, 1, 1, 1);
        _expectMismatch(leaves);
    }

    /// @dev All four lists alike.
    function test_RevertWhen_SlotsArePermuted() public {
        _expectMismatch(_permuted());
    }

    /// @dev The operator seals in another order than the one that was proved: the batch is another one.
    function test_RevertWhen_SlotsWereSealedInAnotherOrder() public {
        payFees();
        fixture.leaves = _permuted();
        _batchId = sealFixture();
        _expectRefusal(fixture.encodedEarnings, proofRejected());
    }

    /// @dev Both batches are sealed, both are of this epoch, and their pools are the same.
    function test_RevertWhen_TheDataIsOfAnotherBatch() public {
        payFees();
        uint256 otherId = sealFixture();
        vm.expectRevert(_mismatch(fixture.leaves));
        settleFixture(_batchId);
        _batchId = otherId;
        _expectRefusal(fixture.encodedEarnings, proofRejected());
    }

    function test_RevertWhen_EarningsAreThoseOfAnotherBatch() public {
        // Within the pools and canonical: another batch could well have earned them.
        _expectRefusal(encode(earnings3(0.5 ether, -0.25 ether, 0.125 ether)), proofRejected());
    }

    function test_RevertWhen_ARequestStandsTwice() public {
        AttributionStatement.Leaves memory leaves = fixture.leaves;
        leaves.requestIds[1] = leaves.requestIds[0];
        _expectMismatch(leaves);
    }

    function test_RevertWhen_ARequestIsForeign() public {
        AttributionStatement.Leaves memory leaves = fixture.leaves;
        leaves.requestIds[2] = pay(fixture.feesWei[2]);
        _expectMismatch(leaves);
    }

    function test_RevertWhen_DigestDiffers() public {
        _expectRejection(fixture.digest + 1);
        // The same field element in another dress.
        unchecked {
            _expectRejection(fixture.digest + R);
        }
    }

    function _permuted() private view returns (AttributionStatement.Leaves memory leaves) {
        leaves = fixture.leaves;
        uint256[][4] memory lists = [leaves.requestIds, leaves.pools, leaves.inputCommitments, leaves.outputCommitments];
        for (uint256 i = 0; i < 4; ++i) {
            (lists[i][0], lists[i][1]) = (lists[i][1], lists[i][0]);
        }
    }

    function _resized(uint256 count) private view returns (AttributionStatement.Leaves memory leaves) {
        leaves = AttributionStatement.Leaves(
            new uint256[](count), new uint256[](count), new uint256[](count), new uint256[](count)
        );
        for (uint256 i = 0; i < count && i < fixture.feesWei.length; ++i) {
            leaves.requestIds[i] = fixture.leaves.requestIds[i];
            leaves.pools[i] = fixture.leaves.pools[i];
            leaves.inputCommitments[i] = fixture.leaves.inputCommitments[i];
            leaves.outputCommitments[i] = fixture.leaves.outputCommitments[i];
        }
    }

    function _mismatch(AttributionStatement.Leaves memory leaves) private view returns (bytes memory) {
        return abi.encodeWithSelector(
            IInferenceEscrow.BatchHashMismatch.selector,
            _batchId,
            AttributionStatement.batchHash(leaves),
            escrow.batchOf(_batchId).batchHash
        );
    }

    function _expectMismatch(AttributionStatement.Leaves memory leaves) private {
        vm.expectRevert(_mismatch(leaves));
        escrow.settle(_batchId, prover, leaves, fixture.encodedEarnings, fixture.digest, fixture.proof);
    }

    function _expectRefusal(uint256[] memory earnings, bytes memory reason) private {
        vm.expectRevert(reason);
        escrow.settle(_batchId, prover, fixture.leaves, earnings, fixture.digest, fixture.proof);
    }

    function _expectRejection(uint256 digest) private {
        vm.expectRevert(proofRejected());
        escrow.settle(_batchId, prover, fixture.leaves, fixture.encodedEarnings, digest, fixture.proof);
    }
}
