// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {PolicyRegistry} from "../../src/PolicyRegistry.sol";
import {IPolicyRegistry} from "../../src/interfaces/IPolicyRegistry.sol";
import {SettlementTest} from "../base/SettlementTest.sol";

contract PolicyRegistryPublishPolicyTest is SettlementTest {
    function test_PublishesAndBecomesCurrent() public {
        IPolicyRegistry.Policy memory policy = defaultPolicy();
        (policy.contributorsBps, policy.treasuryBps) = (5500, 500);

        vm.expectEmit(address(policyRegistry));
        emit IPolicyRegistry.PolicyPublished(2, policy);
        uint256 policyId = publishPolicy(policy);

        vm.assertEq(policyId, 2);
        vm.assertEq(policyRegistry.currentPolicyId(), 2);
        vm.assertEq(keccak256(abi.encode(policyRegistry.policyOf(2))), keccak256(abi.encode(policy)));
        vm.assertEq(keccak256(abi.encode(policyRegistry.policyOf(1))), keccak256(abi.encode(defaultPolicy())));
    }

    function test_RevertWhen_NotOwner() public {
        vm.expectRevert(abi.encodeWithSelector(Ownable.OwnableUnauthorizedAccount.selector, stranger));
        vm.prank(stranger);
        policyRegistry.publishPolicy(defaultPolicy());
    }

    function test_RevertWhen_SharesDoNotSumToWhole() public {
        IPolicyRegistry.Policy memory policy = defaultPolicy();
        policy.treasuryBps = 999;
        _expectRefusal(policy, abi.encodeWithSelector(IPolicyRegistry.SharesDoNotSumToWhole.selector, 9999));
        policy.treasuryBps = 1001;
        _expectRefusal(policy, abi.encodeWithSelector(IPolicyRegistry.SharesDoNotSumToWhole.selector, 10_001));
    }

    function test_RevertWhen_SharesWrapSixteenBits() public {
        IPolicyRegistry.Policy memory policy = defaultPolicy();
        policy.contributorsBps = type(uint16).max;
        // 65,535 + 2,000 + 1,500 + 500 + 1,000: wider than the field, and not wrapped.
        _expectRefusal(policy, abi.encodeWithSelector(IPolicyRegistry.SharesDoNotSumToWhole.selector, 70_535));
    }

    function test_RevertWhen_PaidOutSharesTooHigh() public {
        IPolicyRegistry.Policy memory policy = defaultPolicy();
        (policy.contributorsBps, policy.treasuryBps) = (5501, 499);
        _expectRefusal(policy, abi.encodeWithSelector(IPolicyRegistry.PaidOutSharesTooHigh.selector, 9501, 9500));
    }

    function test_RevertWhen_EpochLengthOutOfRange() public {
        IPolicyRegistry.Policy memory policy = defaultPolicy();
        policy.epochLength = 10 minutes - 1;
        _expectRefusal(
            policy,
            abi.encodeWithSelector(IPolicyRegistry.EpochLengthOutOfRange.selector, 10 minutes - 1, 10 minutes, 90 days)
        );
        policy.epochLength = 90 days + 1;
        _expectRefusal(
            policy,
            abi.encodeWithSelector(IPolicyRegistry.EpochLengthOutOfRange.selector, 90 days + 1, 10 minutes, 90 days)
        );
    }

    function test_RevertWhen_SealWindowOutOfRange() public {
        IPolicyRegistry.Policy memory policy = defaultPolicy();
        policy.sealWindow = 1 minutes - 1;
        _expectRefusal(
            policy,
            abi.encodeWithSelector(IPolicyRegistry.SealWindowOutOfRange.selector, 1 minutes - 1, 1 minutes, 7 days)
        );
        policy.sealWindow = 7 days + 1;
        _expectRefusal(
            policy, abi.encodeWithSelector(IPolicyRegistry.SealWindowOutOfRange.selector, 7 days + 1, 1 minutes, 7 days)
        );
    }

    function test_RevertWhen_SettleWindowOutOfRange() public {
        IPolicyRegistry.Policy memory policy = defaultPolicy();
        policy.settleWindow = 10 minutes - 1;
        _expectRefusal(
            policy,
            abi.encodeWithSelector(IPolicyRegistry.SettleWindowOutOfRange.selector, 10 minutes - 1, 10 minutes, 30 days)
        );
        policy.settleWindow = 30 days + 1;
        _expectRefusal(
            policy,
            abi.encodeWithSelector(IPolicyRegistry.SettleWindowOutOfRange.selector, 30 days + 1, 10 minutes, 30 days)
        );
    }

    function test_AcceptsTheBoundsThemselves() public {
        IPolicyRegistry.Policy memory policy = defaultPolicy();
        (policy.contributorsBps, policy.treasuryBps) = (5500, 500);
        (policy.epochLength, policy.sealWindow, policy.settleWindow) = (10 minutes, 1 minutes, 10 minutes);
        publishPolicy(policy);
        (policy.epochLength, policy.sealWindow, policy.settleWindow) = (90 days, 7 days, 30 days);
        vm.assertEq(publishPolicy(policy), 3);
    }

    function test_RevertWhen_AccountIsZero() public {
        IPolicyRegistry.Policy memory policy = defaultPolicy();
        policy.treasury = address(0);
        _expectRefusal(policy, abi.encodeWithSelector(IPolicyRegistry.PolicyAccountIsZero.selector));
        policy = defaultPolicy();
        policy.stakers = address(0);
        _expectRefusal(policy, abi.encodeWithSelector(IPolicyRegistry.PolicyAccountIsZero.selector));
    }

    function test_RevertWhen_FirstPolicyIsUnsound() public {
        IPolicyRegistry.Policy memory policy = defaultPolicy();
        policy.treasuryBps = 0;
        vm.expectRevert(abi.encodeWithSelector(IPolicyRegistry.SharesDoNotSumToWhole.selector, 9000));
        new PolicyRegistry(governor, policy);
    }

    function _expectRefusal(IPolicyRegistry.Policy memory policy, bytes memory reason) private {
        vm.expectRevert(reason);
        vm.prank(governor);
        policyRegistry.publishPolicy(policy);
    }
}
