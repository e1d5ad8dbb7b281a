// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

/// @title The states of requests, 128 to a storage word
/// @notice Two bits a request: state n of request i stands at bits 2 (i mod 128) of word i / 128. Requests are sealed and
/// settled in batches of neighbours, so a batch changes one or two words where a field of each request would be one write each.
library PackedStates {
    /// @notice The state of a request, 0 to 3; 0 until it is moved.
    function stateOf(mapping(uint256 word => uint256) storage words, uint256 requestId)
        internal
        view
        returns (uint256)
    {
        return (words[requestId >> 7] >> _shiftOf(requestId)) & 3;
    }

    /// @notice Writes the state of one request.
    function set(mapping(uint256 word => uint256) storage words, uint256 requestId, uint256 state) internal {
        uint256 shift = _shiftOf(requestId);
        words[requestId >> 7] = words[requestId >> 7] & ~(uint256(3) << shift) | state << shift;
    }

    /// @notice Moves requests from one state to another, in order, up to the first that is in a third state. One that stands
    /// twice in the list is no longer in the first state the second time.
    /// @return position Of the request that stopped it; the length of the list when all were moved.
    function move(
        mapping(uint256 word => uint256) storage words,
        uint256[] calldata requestIds,
        uint256 from,
        uint256 to
    ) internal returns (uint256 position) {
        uint256 change = from ^ to;
        // In assembly because it runs for each trace, when sealing and when settling. A word is read and written once for all its
        // neighbours in the list; `index` is that of the word at hand.
        assembly ("memory-safe") {
            function slotOf(base, index) -> slot {
                mstore(0x00, index)
                mstore(0x20, base)
                slot := keccak256(0x00, 0x40)
            }
            let end := add(requestIds.offset, shl(5, requestIds.length))
            let index := not(0)
            let slot := 0
            let word := 0
            let item := requestIds.offset
            for {} lt(item, end) { item := add(item, 0x20) } {
                let requestId := calldataload(item)
                if xor(shr(7, requestId), index) {
                    if slot { sstore(slot, word) }
                    index := shr(7, requestId)
                    slot := slotOf(words.slot, index)
                    word := sload(slot)
                }
                let shift := shl(1, and(requestId, 127))
                if xor(and(shr(shift, word), 3), from) { break }
                word := xor(word, shl(shift, change))
            }
            if slot { sstore(slot, word) }
            position := shr(5, sub(item, requestIds.offset))
        }
    }

    function _shiftOf(uint256 requestId) private pure returns (uint256) {
        return (requestId & 127) << 1;
    }
}
