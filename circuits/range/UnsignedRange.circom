pragma circom 2.2.3;

include "circomlib/circuits/bitify.circom";

// Parameters: bits, 1 <= bits <= 252.
// Inputs:     in
// Proves:     0 <= in < 2^bits.
// Assumes:    nothing of `in`.
template UnsignedRange(bits) {
    assert(bits >= 1 && bits <= 252);   // unique mod r, and fits a packed word
    signal input in;

    component decomposition = Num2Bits(bits);
    decomposition.in <== in;
}
