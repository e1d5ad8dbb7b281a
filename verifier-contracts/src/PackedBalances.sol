// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

/// @title Signed balances, three to a storage word
/// @notice Balances are wei in 85 bits, sign included, so within 19.3 million OPEN: slots 3n, 3n + 1 and 3n + 2 are word n from its lowest
/// bit up. What would not fit reverts. A word costs 22,100 gas when its first balance is written and 5,000 from then on, so their
/// number decides what booking a batch costs.
library PackedBalances {
    /// @notice The sum of a balance and what is added to it has more than 85 bits.
    error BalanceOutOfRange(int256 balance);

    uint256 private constant BITS = 85;
    uint256 private constant SLOTS_A_WORD = 3;
    /// @dev 256 less 85: shifting a balance up by this and back down extends its sign.
    uint256 private constant UNUSED_BITS = 171;

    /// @notice Reads the balance of a slot.
    // forge-lint: disable-next-item(unsafe-typecast): a reinterpretation of 85 bits
    function balanceOf(mapping(uint256 word => uint256) storage words, uint256 slot) internal view returns (int128) {
        uint256 fromBalance = words[slot / SLOTS_A_WORD] >> (slot % SLOTS_A_WORD * BITS);
        return int128(int256(fromBalance << UNUSED_BITS) >> UNUSED_BITS);
    }

    /// @notice Adds to the three balances of a word: one read, one write.
    /// @dev The amounts are far below 2^254, so that the sums do not overflow before they are checked.
    function addToWord(
        mapping(uint256 word => uint256) storage words,
        uint256 word,
        int256 first,
        int256 second,
        int256 third
    ) internal {
        uint256 packed = words[word];
        uint256 excess;
        // In assembly because Solidity takes three times as much for it, and settling does it for every third contributor.
        assembly ("memory-safe") {
            function signed(bits) -> value {
                value := sar(171, shl(171, bits))
            }
            first := add(first, signed(packed))
            second := add(second, signed(shr(85, packed)))
            third := add(third, signed(shr(170, packed)))
            excess := or(xor(first, signed(first)), or(xor(second, signed(second)), xor(third, signed(third))))
            packed := or(shr(171, shl(171, first)), or(shr(86, shl(171, second)), shr(1, shl(171, third))))
        }
        if (excess != 0) _revertOutOfRange(first, second, third);
        words[word] = packed;
    }

    function _revertOutOfRange(int256 first, int256 second, int256 third) private pure {
        if (!_fits(first)) revert BalanceOutOfRange(first);
        revert BalanceOutOfRange(_fits(second) ? third : second);
    }

    function _fits(int256 balance) private pure returns (bool) {
        return balance >= -(2 ** 84) && balance < 2 ** 84;
    }
}
