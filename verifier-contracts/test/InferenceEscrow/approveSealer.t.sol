// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {IInferenceEscrow} from "../../src/interfaces/IInferenceEscrow.sol";
import {SettlementTest} from "../base/SettlementTest.sol";

/// @dev What an approval allows is tested in seal.t.sol.
contract InferenceEscrowApproveSealerTest is SettlementTest {
    function test_ApprovesAndRevokes() public {
        vm.assertFalse(escrow.isSealerOf(operator, sealer));
        vm.startPrank(operator);
        vm.expectEmit(address(escrow));
        emit IInferenceEscrow.SealerApproved(operator, sealer, true);
        escrow.approveSealer(sealer, true);
        vm.assertTrue(escrow.isSealerOf(operator, sealer));

        vm.expectEmit(address(escrow));
        emit IInferenceEscrow.SealerApproved(operator, sealer, false);
        escrow.approveSealer(sealer, false);
        vm.assertFalse(escrow.isSealerOf(operator, sealer));
        vm.stopPrank();
    }

    function test_TouchesNoOtherPair() public {
        vm.startPrank(operator);
        escrow.approveSealer(sealer, true);
        escrow.approveSealer(stranger, true);
        escrow.approveSealer(stranger, false);
        vm.stopPrank();
        vm.assertTrue(escrow.isSealerOf(operator, sealer));
        vm.assertFalse(escrow.isSealerOf(operator, stranger));
        vm.assertFalse(escrow.isSealerOf(stranger, sealer));
        vm.assertFalse(escrow.isSealerOf(sealer, operator));
    }

    /// @dev Its effect is what was said last, however often it is said.
    function test_MayBeRepeated() public {
        vm.startPrank(operator);
        escrow.approveSealer(sealer, true);
        escrow.approveSealer(sealer, true);
        vm.assertTrue(escrow.isSealerOf(operator, sealer));
        escrow.approveSealer(sealer, false);
        escrow.approveSealer(sealer, false);
        vm.assertFalse(escrow.isSealerOf(operator, sealer));
        vm.stopPrank();
    }

    function test_RevertWhen_SealerIsZero() public {
        vm.startPrank(operator);
        for (uint256 i = 0; i < 2; ++i) {
            vm.expectRevert(abi.encodeWithSelector(IInferenceEscrow.SealerIsZero.selector));
            escrow.approveSealer(address(0), i == 0);
        }
        vm.stopPrank();
    }
}
