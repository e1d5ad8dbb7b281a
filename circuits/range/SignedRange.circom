pragma circom 2.2.3;

include "circomlib/circuits/bitify.circom";

// A signed integer of a fixed width, in offset form: one spelling for each value, so there is no "minus zero".
//
// Parameters: bits, the width with the sign, 2 <= bits <= 252.
// Inputs:     in
// Outputs:    shifted      in + 2^(bits-1), in [0, 2^bits): what may be packed into a word
//             nonNegative  1 when in >= 0, else 0
// Proves:     -2^(bits-1) <= in < 2^(bits-1).
// Assumes:    nothing of `in`.
template SignedRange(bits) {
    assert(bits >= 2 && bits <= 252);   // unique mod r, and fits a packed word
    signal input in;
    signal output shifted;
    signal output nonNegative;

    shifted <== in + (1 << (bits - 1));
    component decomposition = Num2Bits(bits);
    decomposition.in <== shifted;
    nonNegative <== decomposition.out[bits - 1];
}
