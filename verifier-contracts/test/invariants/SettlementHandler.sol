// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {AttributionStatement} from "../../src/AttributionStatement.sol";
import {EpochLedger} from "../../src/EpochLedger.sol";
import {InferenceEscrow} from "../../src/InferenceEscrow.sol";
import {IEpochLedger} from "../../src/interfaces/IEpochLedger.sol";
import {IInferenceEscrow} from "../../src/interfaces/IInferenceEscrow.sol";
import {IPolicyRegistry} from "../../src/interfaces/IPolicyRegistry.sol";
import {IVerifierRegistry} from "../../src/interfaces/IVerifierRegistry.sol";
import {ModelRegistry} from "../../src/ModelRegistry.sol";
import {VerifierRegistry} from "../../src/VerifierRegistry.sol";
import {HostileReceiver} from "../mocks/HostileReceiver.sol";
import {VerificationKeys} from "../base/VerificationKeys.sol";
import {SettlementReference} from "./SettlementReference.sol";
import {Situations} from "./Situations.sol";

/// @title Everything that anyone does, in any order, friends and enemies
/// @notice Each action looks for something it can do and prepares it when there is nothing, so that calls succeed. What actions reached
/// is counted (`Situations`). Who takes part besides honest accounts: contracts that refuse, burn gas, return too much or call back
/// when they are sent money, as payer, contributor, owner of a model, prover and treasury; and two accounts of one wash trader, who
/// owns and operates a model, contributes to all of them, pays, proves, and has its own queries score as it likes.
contract SettlementHandler is SettlementReference, Situations {
    /// @dev What was refused, or inconsistent, and should not have been; or the reverse. Empty while all is well.
    string public breach;

    address internal washTrader = named("wash trader");
    address internal secondWashTrader = named("second account of the wash trader");
    uint256 public supplyWei;

    /// @dev What choosing needs of a request, so that it is not read through the escrow each time.
    struct Paid {
        uint256 model;
        uint256 epochId;
        uint256 deadline;
        uint256 settleWindow;
        bytes4 circuit;
    }

    mapping(uint256 requestId => Paid) internal _paid;
    mapping(uint256 requestId => uint256) internal _batchOf;
    mapping(uint256 batchId => bytes4) internal _circuitOfBatch;
    mapping(uint256 model => bytes4) internal _circuitOfModel;
    mapping(bytes4 circuit => uint256) internal _keyNumberOf;
    mapping(uint256 model => address) internal _operatorOf;
    mapping(address account => mapping(address other => bool)) private _isApprovedBy;

    uint256[] internal _models;
    bytes4[] internal _circuits;
    address[] internal _payers;
    address[] internal _provers;
    address[] internal _treasuries;
    address[] internal _accounts;
    /// @dev A payer, a contributor, the owner of the second model, a prover and a treasury.
    HostileReceiver[] internal _hostiles;
    /// @dev Who operates, seals or would like to.
    address[] internal _sealers;
    uint256 private _actions;

    function setUp() public virtual override {
        super.setUp();
        for (uint256 i = 0; i < 5; ++i) {
            _hostiles.push(new HostileReceiver());
            vm.deal(address(_hostiles[i]), 1e27);
            _accounts.push(address(_hostiles[i]));
        }
        isWashTrader[washTrader] = true;
        isWashTrader[secondWashTrader] = true;
        _payers = [named("first payer"), named("second payer"), address(_hostiles[0]), washTrader, secondWashTrader];
        contributors = [contributorOf(0), address(_hostiles[1]), washTrader, contributorOf(3), secondWashTrader];
        _provers = [prover, address(_hostiles[3]), washTrader];
        _treasuries = [treasury, address(_hostiles[4]), stranger];
        _sealers = [operator, named("second operator"), washTrader, sealer, modelOwner];
        for (uint256 i = 0; i < 5; ++i) {
            vm.deal(_payers[i], 1e27);
        }
        address[9] memory honest =
            [modelOwner, stakers, prover, treasury, stranger, _payers[0], _payers[1], contributors[0], contributors[3]];
        for (uint256 i = 0; i < honest.length; ++i) {
            _accounts.push(honest[i]);
        }
        _accounts.push(washTrader);
        _accounts.push(secondWashTrader);
        vm.deal(address(this), 1e27);
        supplyWei = totalWei();

        _models.push(modelId);
        _rememberCircuit(circuitId, 0);
        _circuitOfModel[modelId] = circuitId;
        _operatorOf[modelId] = operator;
        _addModel(address(_hostiles[2]), operator);
        _addModel(washTrader, washTrader);
        for (uint256 i = 0; i < 3; ++i) {
            _changeIndex(_models[i], i << 16 | 7 << 8);
        }
    }

    // --- what the invariants read ---

    function models() external view returns (uint256[] memory) {
        return _models;
    }

    function circuits() external view returns (bytes4[] memory) {
        return _circuits;
    }

    function accounts() external view returns (address[] memory) {
        return _accounts;
    }

    function system() external view returns (InferenceEscrow, EpochLedger, ModelRegistry, VerifierRegistry) {
        return (escrow, ledger, modelRegistry, verifierRegistry);
    }

    /// @dev All money there is.
    function totalWei() public view returns (uint256 sum) {
        sum = address(this).balance + address(escrow).balance + address(ledger).balance;
        for (uint256 i = 0; i < _accounts.length; ++i) {
            sum += _accounts[i].balance;
        }
    }

    // --- actions that succeed ---

    /// @dev One to four payments for a model, so that batches of several requests come about.
    function payFee(uint256 seed, uint256 feeWei) public {
        seed = _mixed(seed);
        uint256 maximum = seed >> 100 & 15 == 0 ? 2 ** 76 - 1 : 1000 ether;
        feeWei = bound(feeWei, 1, seed >> 104 & 3 == 0 ? 20_000 : maximum);
        for (uint256 i = 0; i <= (seed >> 108 & 3); ++i) {
            _payFeeAs(_payers[(seed >> (8 * i)) % 5], seed, feeWei);
        }
    }

    function sealBatch(uint256 seed) public {
        _sealBatch(_mixed(seed));
    }

    function settleBatch(uint256 seed, int40[3] memory weights) public {
        seed = _mixed(seed);
        _settleBatch(_findOrSealBatch(seed), weights, seed);
    }

    /// @dev Whoever sends a settlement chooses its gas: too little of it settles nothing, and false is nobody's proof for that.
    function settleWithLittleGas(uint256 seed, int40[3] memory weights) public {
        seed = _mixed(seed);
        uint256 batchId = _findOrSealBatch(seed);
        (int256[3] memory earnings, int256[3] memory honest) = _earningsOf(batchId, weights, seed);
        address rewarded = _provers[(seed >> 32) % 3];
        bytes memory data = _settlementOf(batchId, rewarded, earnings);
        (bool isDone,) = address(escrow).call{gas: bound(seed >> 40, 50_000, 600_000)}(data);
        if (isDone) {
            _mirrorSettlement(batchId, rewarded, earnings, honest);
            _reached("settled with little gas");
        } else {
            if (escrow.batchOf(batchId).isSettled) breach = "a settlement without enough gas left traces";
            _reached("starved of gas");
        }
    }

    function refundRequest(uint256 seed) public {
        seed = _mixed(seed);
        uint256 requestId = _findOpenRequest(seed, true);
        if (requestId == 0) requestId = _findOpenRequest(seed, false);
        if (requestId == 0) requestId = _payFee(seed, 1 ether);
        uint256 deadline = _refundableAfter(requestId);
        if (block.timestamp <= deadline) vm.warp(deadline + 1);
        _refund(requestId);
    }

    /// @dev Brings the model's next epoch to its end, refunds what is left in it, and closes it and what is then due.
    function closeEpoch(uint256 seed) public {
        seed = _mixed(seed);
        uint256 model = _models[seed % 3];
        uint256 epochId = ledger.lastClosedEpochIdOf(model) + 1;
        if (epochId > ledger.currentEpochIdOf(model)) _payFee(seed, 1 ether);
        _refundAllOf(model, epochId);
        uint256 endsAt = ledger.epochOf(model, epochId).endsAt;
        if (block.timestamp < endsAt && epochId == ledger.currentEpochIdOf(model)) vm.warp(endsAt);
        for (; _isDue(model, epochId); ++epochId) {
            _closeEpoch(model, epochId);
        }
    }

    /// @dev Up to three accounts: mostly contracts, which do their worst.
    function withdraw(uint256 seed) public {
        seed = _mixed(seed);
        if (claimableWei == 0) return _reached("nothing to do");
        for (uint256 i = 0; i < 3 && claimableWei != 0; ++i) {
            uint256 choice = uint256(keccak256(abi.encode(seed, i)));
            address account = _findCreditor(choice >> 2, choice & 3 == 0 ? _accounts.length : _hostiles.length);
            if (account == address(0)) account = _findCreditor(choice >> 2, _accounts.length);
            _withdraw(account, _isHostile(account) ? _arm(account, choice >> 16) : HostileReceiver.Mode.Accept);
        }
    }

    function passTime(uint256 time) public {
        vm.warp(block.timestamp + bound(time, 1, 1 hours));
        _reached("time passed");
    }

    /// @dev Of the current head, or with a new one.
    function changeIndex(uint256 seed) public {
        seed = _mixed(seed);
        uint256 model = _models[seed % 3];
        if (isRetired[_circuitOfModel[model]]) _replaceCircuit(model);
        if (seed >> 200 & 3 == 0) {
            vm.prank(_ownerOf(model));
            modelRegistry.registerModelVersion(model, 8, _circuitOfModel[model]);
            _reached("head changed");
        }
        _changeIndex(model, seed >> 8);
        _reached("index changed");
    }

    function changePolicy(uint256 seed) public {
        seed = _mixed(seed);
        IPolicyRegistry.Policy memory policy = defaultPolicy();
        policy.contributorsBps = uint16(bound(seed >> 16, 0, 5500));
        policy.treasuryBps = 6000 - policy.contributorsBps;
        policy.treasury = _treasuries[seed % 3];
        policy.epochLength = uint32(bound(seed >> 32, 10 minutes, 2 days));
        policy.sealWindow = uint32(bound(seed >> 72, 1 minutes, 2 hours));
        policy.settleWindow = uint32(bound(seed >> 112, 10 minutes, 4 hours));
        publishPolicy(policy);
        _reached("policy changed");
    }

    function changeOperator(uint256 seed) public {
        seed = _mixed(seed);
        uint256 model = _models[seed % 3];
        _operatorOf[model] = _sealers[(seed >> 8) % 3];
        vm.prank(_ownerOf(model));
        modelRegistry.setOperator(model, _operatorOf[model]);
        _reached("operator changed");
    }

    function changeSealer(uint256 seed) public {
        seed = _mixed(seed);
        (address account, address other) = (_sealerAt(seed >> 8), _sealerAt(seed >> 16));
        _isApprovedBy[account][other] = seed & 1 == 0;
        vm.prank(account);
        escrow.approveSealer(other, seed & 1 == 0);
        _reached("sealer changed");
    }

    function retireCircuit(uint256 seed) public {
        uint256 model = _models[_mixed(seed) % 3];
        bytes4 circuit = _circuitOfModel[model];
        if (isRetired[circuit]) return _replaceCircuit(model);
        vm.prank(governor);
        verifierRegistry.retire(circuit);
        isRetired[circuit] = true;
        _reached("circuit retired");
    }

    /// @dev As the remains of a contract that destroys itself, or a block's reward, arrive: without a call.
    function forceEther(uint256 seed) public {
        seed = _mixed(seed);
        address target = seed & 1 == 0 ? address(escrow) : address(ledger);
        uint256 amountWei = bound(seed >> 1, 1, 1 ether);
        bytes memory selfDestruct = abi.encodePacked(hex"73", target, hex"ff");
        address created;
        assembly ("memory-safe") {
            created := create(amountWei, add(selfDestruct, 0x20), mload(selfDestruct))
        }
        vm.assertTrue(created != address(0), "not forced");
        forcedWei[target] += amountWei;
        _reached("ether forced");
    }

    /// @dev What a hostile receiver calls while it is sent money.
    function reenter(uint256 seed) external {
        _requireBooks();
        uint256 kind = seed % 5;
        if (kind == 0) {
            _payFeeAs(msg.sender, seed >> 8, 1 ether);
            _reached("paid while receiving");
        } else if (kind == 1) {
            _sealBatch(seed >> 8);
            _reached("sealed while receiving");
        } else if (kind == 2) {
            _settleBatch(_findOrSealBatch(seed >> 8), [int40(3), -1, 0], seed >> 8);
            _reached("settled while receiving");
        } else if (kind == 3) {
            uint256 requestId = _findOpenRequest(seed >> 8, true);
            if (requestId == 0) return;
            _refund(requestId);
            _reached("refunded while receiving");
        } else {
            for (uint256 i = 0; i < 3; ++i) {
                (uint256 model, uint256 epochId) = (_models[i], ledger.lastClosedEpochIdOf(_models[i]) + 1);
                if (!_isDue(model, epochId)) continue;
                _closeEpoch(model, epochId);
                return _reached("closed while receiving");
            }
        }
    }

    // --- the end ---

    /// @dev Takes only steps that are open to anyone: refunds, closes, withdraws until nothing is left to do. Whoever refused its money
    /// before can still have it.
    function windUp() external {
        vm.warp(block.timestamp + 365 days);
        _takeDueSteps();
        for (uint256 i = 0; i < _accounts.length; ++i) {
            _withdrawInTheEnd(_accounts[i]);
        }
    }

    /// @dev Whatever is due at this moment, whoever did what before: it must succeed.
    function takeDueSteps() external {
        _takeDueSteps();
        for (uint256 i = 0; i < _accounts.length; ++i) {
            if (creditedWei[_accounts[i]] != 0) _withdrawInTheEnd(_accounts[i]);
        }
    }

    // --- parts of actions ---

    function _takeDueSteps() private {
        uint256 total = escrow.requestCount();
        for (uint256 requestId = 1; requestId <= total; ++requestId) {
            if (_isOpen(requestId) && block.timestamp > _refundableAfter(requestId)) _refund(requestId);
        }
        for (uint256 i = 0; i < 3; ++i) {
            uint256 epochId = ledger.lastClosedEpochIdOf(_models[i]) + 1;
            for (; _isDue(_models[i], epochId); ++epochId) {
                _closeEpoch(_models[i], epochId);
            }
        }
    }

    function _withdrawInTheEnd(address account) private {
        if (creditedWei[account] == 0) return;
        if (_isHostile(account)) {
            HostileReceiver(payable(account)).arm(HostileReceiver.Mode.Revert, address(0), "");
            _withdraw(account, HostileReceiver.Mode.Revert);
            HostileReceiver(payable(account)).arm(HostileReceiver.Mode.Accept, address(0), "");
        }
        _withdraw(account, HostileReceiver.Mode.Accept);
    }

    /// @dev Fuzzed numbers repeat and are small; choices are made of all bits.
    function _mixed(uint256 seed) internal returns (uint256) {
        return uint256(keccak256(abi.encode(seed, ++_actions)));
    }

    function _payFee(uint256 seed, uint256 feeWei) internal returns (uint256 requestId) {
        return _payFeeAs(_payers[(seed >> 4) % 5], seed, feeWei);
    }

    function _payFeeAs(address account, uint256 seed, uint256 feeWei) private returns (uint256 requestId) {
        uint256 model = _models[seed % 3];
        if (isRetired[_circuitOfModel[model]]) _replaceCircuit(model);
        uint256 expectedEpochId = _epochOfAPayment(model);
        vm.prank(account);
        requestId = escrow.pay{value: feeWei}(model, bytes32(seed));
        _mirrorPayment(requestId, account, feeWei);
        IInferenceEscrow.Request memory request = escrow.requestOf(requestId);
        if (request.epochId != expectedEpochId) breach = "a payment entered another epoch";
        IEpochLedger.Epoch memory epoch = ledger.epochOf(model, request.epochId);
        if (epoch.indexVersion != modelRegistry.modelOf(model).indexVersion) _reached("paid while a new index waited");
        _paid[requestId] = Paid({
            model: model,
            epochId: request.epochId,
            deadline: request.deadline,
            settleWindow: policyRegistry.policyOf(epoch.policyId).settleWindow,
            circuit: epoch.circuitId
        });
        _reached(isWash[requestId] ? "paid by the wash trader" : "paid");
    }

    function _findOrSealBatch(uint256 seed) internal returns (uint256 batchId) {
        batchId = _findBatch(seed);
        return batchId == 0 ? _sealBatch(seed) : batchId;
    }

    function _sealBatch(uint256 seed) internal returns (uint256 batchId) {
        uint256 total = escrow.requestCount();
        uint256[] memory found = new uint256[](1 + seed % 4);
        uint256 count = 0;
        uint256 first = 0;
        for (uint256 i = 0; i < total && count < found.length; ++i) {
            uint256 requestId = 1 + ((seed >> 8) % total + i) % total;
            if (!_isSealable(requestId)) continue;
            if (count == 0) first = requestId;
            else if (!_isOfOneEpoch(requestId, first)) continue;
            found[count++] = requestId;
        }
        if (count == 0) {
            first = _payFee(seed, 2 ether);
            (found[0], count) = (first, 1);
        }
        uint256[] memory ids = new uint256[](count);
        for (uint256 i = 0; i < count; ++i) {
            ids[i] = found[i];
        }
        modelId = _paid[first].model;
        // The operator, or a sealer where there is one.
        address account = _sealerAt(seed >> 16);
        if (!_maySeal(account, modelId)) account = _operatorOf[modelId];
        batchId = sealAs(account, ids);
        _batchRequests[batchId] = ids;
        _circuitOfBatch[batchId] = _paid[first].circuit;
        for (uint256 i = 0; i < count; ++i) {
            ++sealedCount[ids[i]];
            _batchOf[ids[i]] = batchId;
        }
        sealedHash[batchId] = readSealedHash(batchId);
        _reached(count == 1 ? "sealed one" : "sealed several");
        if (account != _operatorOf[modelId]) _reached("sealed by a sealer");
    }

    function _settleBatch(uint256 batchId, int40[3] memory weights, uint256 seed) internal {
        (int256[3] memory earnings, int256[3] memory honest) = _earningsOf(batchId, weights, seed);
        address rewarded = _provers[(seed >> 32) % 3];
        bytes memory data = _settlementOf(batchId, rewarded, earnings);
        vm.prank(stranger);
        (bool isDone,) = address(escrow).call(data);
        vm.assertTrue(isDone, "a batch did not settle");
        _mirrorSettlement(batchId, rewarded, earnings, honest);

        _reached("settled");
        IInferenceEscrow.Batch memory batch = escrow.batchOf(batchId);
        IEpochLedger.Epoch memory epoch = ledger.epochOf(batch.modelId, batch.epochId);
        if (epoch.policyId != policyRegistry.currentPolicyId()) _reached("settled after its policy was replaced");
        if (epoch.indexVersion != modelRegistry.modelOf(batch.modelId).indexVersion) {
            _reached("settled after its index was replaced");
        }
        if (_isHostile(rewarded)) _reached("settled for a hostile prover");
        if (earnings[0] < 0 || earnings[1] < 0 || earnings[2] < 0) _reached("settled with a negative earning");
        if (_hasWash(batchId)) _reached("settled with wash trading");
    }

    function _refund(uint256 requestId) internal {
        escrow.refund(requestId);
        _mirrorRefund(requestId);
        _reached(
            sealedCount[requestId] == 0 ? "refunded a request that was Paid" : "refunded a request that was Sealed"
        );
        if (isRetired[_paid[requestId].circuit]) _reached("refunded under a retired circuit");
        if (_isHostile(escrow.requestOf(requestId).payer)) _reached("refunded a hostile payer");
    }

    function _refundAllOf(uint256 model, uint256 epochId) private {
        uint256 total = escrow.requestCount();
        for (uint256 requestId = 1; requestId <= total; ++requestId) {
            if (_paid[requestId].model != model || _paid[requestId].epochId != epochId || !_isOpen(requestId)) {
                continue;
            }
            uint256 deadline = _refundableAfter(requestId);
            if (block.timestamp <= deadline) vm.warp(deadline + 1);
            _refund(requestId);
        }
    }

    function _closeEpoch(uint256 model, uint256 epochId) private {
        (uint256 debtors, uint256 cut) = _mirrorClose(model, epochId);
        ledger.closeEpoch(model, epochId);
        closedHash[model][epochId] = readEpochHash(model, epochId);
        _reached("closed");
        if (debtors != 0) _reached("closed with a debt");
        if (cut != 0) _reached("cut a debt of another index");
        if (paidWeiOf[model][epochId] != 0) _reached("closed with payments");
    }

    function _arm(address account, uint256 seed) private returns (HostileReceiver.Mode mode) {
        uint256 kind = seed % 8;
        bytes memory callback = abi.encodeCall(this.reenter, (seed >> 8));
        address target = address(this);
        if (kind == 0) mode = HostileReceiver.Mode.Revert;
        else if (kind == 1) mode = HostileReceiver.Mode.BurnGas;
        else if (kind == 2) mode = HostileReceiver.Mode.ReturnBomb;
        else if (kind == 3) mode = HostileReceiver.Mode.Reenter;
        else mode = HostileReceiver.Mode.ReenterAndSwallow;
        if (kind == 3 || kind == 4) {
            // What it asks for would be its own money a second time, or another's.
            address other = _accounts[(seed >> 8) % _accounts.length];
            (target, callback) = (address(ledger), abi.encodeCall(ledger.withdraw, (kind == 3 ? account : other)));
        }
        HostileReceiver(payable(account)).arm(mode, target, callback);
    }

    /// @dev The books change first, so that they are right while the account receives.
    function _withdraw(address account, HostileReceiver.Mode mode) private {
        uint256 amountWei = creditedWei[account];
        uint256 before = account.balance;
        _debit(account, amountWei);
        withdrawnWei += amountWei;
        bytes memory data = abi.encodeCall(ledger.withdraw, (account));
        (bool isDone, bytes memory reason) =
            mode == HostileReceiver.Mode.BurnGas ? address(ledger).call{gas: 500_000}(data) : address(ledger).call(data);
        bool isAccepted = mode == HostileReceiver.Mode.Accept || mode == HostileReceiver.Mode.ReenterAndSwallow;
        if (isDone != isAccepted) breach = "a withdrawal succeeded or failed against its receiver's will";
        if (!isDone) {
            _credit(account, amountWei);
            withdrawnWei -= amountWei;
            if (bytes4(reason) != IEpochLedger.WithdrawalFailed.selector) breach = "a withdrawal failed otherwise";
        }
        if (mode == HostileReceiver.Mode.Accept) {
            if (account.balance != before + amountWei) breach = "a withdrawal sent another amount";
            _reached("withdrawn");
        } else if (mode == HostileReceiver.Mode.ReenterAndSwallow) {
            _reached("called back while receiving");
            HostileReceiver receiver = HostileReceiver(payable(account));
            bool isInner = receiver.target() == address(ledger);
            if (isInner) _reached("withdrew while receiving, in vain");
            // Only the ledger refuses; an action of this handler that fails would hide a breach.
            if (isInner == receiver.hasReenteredSuccessfully()) {
                breach = "a call back succeeded or failed unexpectedly";
            }
        } else if (mode == HostileReceiver.Mode.Revert) {
            _reached("refused by its receiver");
        } else if (mode == HostileReceiver.Mode.Reenter) {
            _reached("refused by its receiver, who could not withdraw twice");
        } else {
            _reached(
                mode == HostileReceiver.Mode.BurnGas
                    ? "gas burnt by its receiver"
                    : "memory bomb returned by its receiver"
            );
        }
    }

    /// @dev In the middle of a withdrawal the money is as the books say.
    function _requireBooks() private {
        if (address(escrow).balance != openFeesWei + forcedWei[address(escrow)]) breach = "inside: escrow";
        if (address(ledger).balance != claimableWei + unclosedPoolsWei + forcedWei[address(ledger)]) {
            breach = "inside: ledger";
        }
        if (ledger.claimableOf(msg.sender) != creditedWei[msg.sender]) breach = "inside: account";
    }

    // --- circuits, models and indexes ---

    /// @dev Another sound key for each number: the sample with its IC points in another order.
    function _keyOf(uint256 number) internal pure returns (IVerifierRegistry.VerificationKey memory key) {
        key = VerificationKeys.sample();
        for (uint256 i = 6; number != 0; --i) {
            uint256 j = i - number % (i + 1);
            number /= i + 1;
            (key.ic[i], key.ic[j]) = (key.ic[j], key.ic[i]);
        }
    }

    function _rememberCircuit(bytes4 circuit, uint256 keyNumber) private {
        _circuits.push(circuit);
        _keyNumberOf[circuit] = keyNumber;
        registeredHash[circuit] = readRegisteredHash(circuit);
    }

    function _newCircuit() private returns (bytes4 circuit) {
        uint256 keyNumber = _circuits.length;
        circuit = registerCircuit(_keyOf(keyNumber));
        _rememberCircuit(circuit, keyNumber);
    }

    function _addModel(address owner, address firstOperator) private {
        bytes4 circuit = _newCircuit();
        vm.prank(owner);
        uint256 model = modelRegistry.registerModel(7, circuit, firstOperator);
        _models.push(model);
        _circuitOfModel[model] = circuit;
        _operatorOf[model] = firstOperator;
    }

    function _replaceCircuit(uint256 model) private {
        bytes4 circuit = _newCircuit();
        _circuitOfModel[model] = circuit;
        vm.prank(_ownerOf(model));
        modelRegistry.registerModelVersion(model, 7, circuit);
        _changeIndex(model, _circuits.length << 16 | 7 << 8);
        _reached("circuit replaced");
    }

    function _changeIndex(uint256 model, uint256 seed) private {
        uint256 count = seed >> 8 & 3 == 0 ? 1 : 2 + (seed >> 10) % 2;
        address[] memory list = new address[](count);
        for (uint256 slot = 0; slot < count; ++slot) {
            list[slot] = contributors[((seed >> 16) + slot) % 5];
        }
        vm.prank(_ownerOf(model));
        modelRegistry.registerIndex(model, 1 + seed % 1000, list);
    }

    function _ownerOf(uint256 model) internal view returns (address) {
        if (model == _models[0]) return modelOwner;
        return model == _models[1] ? address(_hostiles[2]) : washTrader;
    }

    // --- choosing ---

    /// @dev The running epoch until its length has passed, its policy was replaced or its circuit retired, whatever the owner registered
    /// meanwhile; then the next.
    function _epochOfAPayment(uint256 model) private view returns (uint256 epochId) {
        epochId = ledger.currentEpochIdOf(model);
        if (epochId == 0) return 1;
        IEpochLedger.Epoch memory epoch = ledger.epochOf(model, epochId);
        bool isOver = block.timestamp >= epoch.endsAt || epoch.policyId != policyRegistry.currentPolicyId();
        if (isOver || isRetired[epoch.circuitId]) ++epochId;
    }

    function _isOpen(uint256 requestId) internal view returns (bool) {
        return settledCount[requestId] == 0 && refundedCount[requestId] == 0;
    }

    function _refundableAfter(uint256 requestId) internal view returns (uint256) {
        Paid storage paid = _paid[requestId];
        return sealedCount[requestId] == 0 ? paid.deadline : paid.deadline + paid.settleWindow;
    }

    function _isSealable(uint256 requestId) internal view returns (bool) {
        if (sealedCount[requestId] != 0 || refundedCount[requestId] != 0) return false;
        return block.timestamp <= _paid[requestId].deadline && !isRetired[_paid[requestId].circuit];
    }

    function _isOfOneEpoch(uint256 requestId, uint256 other) internal view returns (bool) {
        return _paid[requestId].model == _paid[other].model && _paid[requestId].epochId == _paid[other].epochId;
    }

    function _isDue(uint256 model, uint256 epochId) internal view returns (bool) {
        uint256 current = ledger.currentEpochIdOf(model);
        if (epochId > current || epochId != ledger.lastClosedEpochIdOf(model) + 1) return false;
        IEpochLedger.Epoch memory epoch = ledger.epochOf(model, epochId);
        return epoch.outstanding == 0 && (epochId < current || block.timestamp >= epoch.endsAt);
    }

    /// @dev A batch that can be settled; 0 when there is none.
    function _findBatch(uint256 seed) internal view returns (uint256) {
        uint256 total = escrow.batchCount();
        for (uint256 i = 0; i < total; ++i) {
            uint256 batchId = 1 + (seed % total + i) % total;
            if (settledCount[_batchRequests[batchId][0]] != 0 || isRetired[_circuitOfBatch[batchId]]) continue;
            if (block.timestamp <= escrow.batchOf(batchId).settleDeadline) return batchId;
        }
        return 0;
    }

    function _findOpenRequest(uint256 seed, bool isDueNow) internal view returns (uint256) {
        uint256 total = escrow.requestCount();
        for (uint256 i = 0; i < total; ++i) {
            uint256 requestId = 1 + (seed % total + i) % total;
            if (!_isOpen(requestId)) continue;
            if (!isDueNow || block.timestamp > _refundableAfter(requestId)) return requestId;
        }
        return 0;
    }

    /// @dev One of the first `range` accounts that can withdraw something; zero when there is none. Hostile ones stand first.
    function _findCreditor(uint256 seed, uint256 range) private view returns (address) {
        for (uint256 i = 0; i < range; ++i) {
            address account = _accounts[(seed % range + i) % range];
            if (creditedWei[account] != 0) return account;
        }
        return address(0);
    }

    function _isHostile(address account) internal view returns (bool) {
        for (uint256 i = 0; i < _hostiles.length; ++i) {
            if (account == address(_hostiles[i])) return true;
        }
        return false;
    }

    function _sealerAt(uint256 seed) internal view returns (address) {
        return _sealers[seed % _sealers.length];
    }

    function _maySeal(address account, uint256 model) internal view returns (bool) {
        return account == _operatorOf[model] || _isApprovedBy[_operatorOf[model]][account];
    }

    // --- settlements ---

    function _hasWash(uint256 batchId) private view returns (bool) {
        for (uint256 i = 0; i < _batchRequests[batchId].length; ++i) {
            if (isWash[_batchRequests[batchId][i]]) return true;
        }
        return false;
    }

    function _settlementOf(uint256 batchId, address rewarded, int256[3] memory earnings)
        internal
        view
        returns (bytes memory)
    {
        AttributionStatement.Leaves memory leaves = sealedLeavesOf(batchId);
        uint256[] memory encoded = _encoded(earnings);
        IVerifierRegistry.Proof memory proof =
            mockProofOf(escrow.publicSignalsOf(batchId, rewarded, leaves, encoded, DIGEST));
        return abi.encodeCall(escrow.settle, (batchId, rewarded, leaves, encoded, DIGEST, proof));
    }

    function _encoded(int256[3] memory earnings) internal pure returns (uint256[] memory encoded) {
        encoded = new uint256[](3);
        for (uint256 slot = 0; slot < 3; ++slot) {
            encoded[slot] = encodeFraction(earnings[slot]);
        }
    }

    /// @dev Earnings in 2^-64 wei, of the batch and of its honest requests alone. Those score as `weights` say, the wash trader's as
    /// suits it: for itself, against the others, or both.
    function _earningsOf(uint256 batchId, int40[3] memory weights, uint256 seed)
        internal
        view
        returns (int256[3] memory earnings, int256[3] memory honest)
    {
        uint256[] memory pools = sealedLeavesOf(batchId).pools;
        (uint256 washWei, uint256 honestWei) = (0, 0);
        for (uint256 i = 0; i < pools.length; ++i) {
            if (isWash[_batchRequests[batchId][i]]) washWei += pools[i];
            else honestWei += pools[i];
        }
        honest = _spread(weights, honestWei);
        earnings = _spread(_washWeights(batchId, (seed >> 64) % 3), washWei);
        for (uint256 slot = 0; slot < 3; ++slot) {
            earnings[slot] += honest[slot];
        }
    }

    function _washWeights(uint256 batchId, uint256 kind) private view returns (int40[3] memory weights) {
        IInferenceEscrow.Batch memory batch = escrow.batchOf(batchId);
        uint256 indexVersion = ledger.epochOf(batch.modelId, batch.epochId).indexVersion;
        address[] memory list = modelRegistry.indexOf(batch.modelId, indexVersion).contributors;
        for (uint256 slot = 0; slot < list.length; ++slot) {
            if (isWashTrader[list[slot]]) weights[slot] = kind == 1 ? int40(0) : int40(1);
            else weights[slot] = kind == 0 ? int40(0) : int40(-1);
        }
    }

    /// @dev In the ratios of `weights`, scaled as the attribution rule does: the larger of the positive and the negative mass is the
    /// whole of the pools.
    function _spread(int40[3] memory weights, uint256 poolsWei) internal pure returns (int256[3] memory earnings) {
        (int256 positive, int256 negative) = (0, 0);
        for (uint256 slot = 0; slot < 3; ++slot) {
            if (weights[slot] > 0) positive += weights[slot];
            else negative -= weights[slot];
        }
        int256 mass = positive > negative ? positive : negative;
        if (mass == 0) return earnings;
        for (uint256 slot = 0; slot < 3; ++slot) {
            earnings[slot] = weights[slot] * int256(poolsWei) * FRACTION / mass;
        }
    }
}
