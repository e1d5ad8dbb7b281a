// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

/// @title Signed balances, two to a storage word
/// @notice Balances are wei in int128: slot 2n is the low half of word n, slot 2n + 1 the high half. A balance in 2^-64 wei
/// would not fit: it would overflow at 9.2 OPEN.
library PackedBalances {
    /// @notice Reads the balance of a slot.
    function balanceOf(mapping(uint256 word => uint256) storage words, uint256 slot) internal view returns (int128) {
        (int128 low, int128 high) = unpack(words[slot >> 1]);
        return slot & 1 == 0 ? low : high;
    }

    /// @notice Adds to both balances of a word: one read, one write. Reverts on overflow.
    function addToWord(mapping(uint256 word => uint256) storage words, uint256 word, int128 low, int128 high) internal {
        (int128 oldLow, int128 oldHigh) = unpack(words[word]);
        words[word] = pack(oldLow + low, oldHigh + high);
    }

    /// @notice Two balances as one word.
    // forge-lint: disable-next-item(unsafe-typecast): a reinterpretation of bits, and the inverse of `unpack`
    function pack(int128 low, int128 high) internal pure returns (uint256) {
        return uint256(uint128(high)) << 128 | uint128(low);
    }

    /// @notice The two balances of a word.
    // forge-lint: disable-next-item(unsafe-typecast): a reinterpretation of bits, and the inverse of `pack`
    function unpack(uint256 word) internal pure returns (int128 low, int128 high) {
        return (int128(uint128(word)), int128(uint128(word >> 128)));
    }
}
