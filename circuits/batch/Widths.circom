pragma circom 2.2.3;

// Smallest n with value <= 2^n.
function bitsFor(value) {
    var n = 0;
    while ((1 << n) < value) {
        n++;
    }
    return n;
}

// Widths that follow from C, H and K; src/shape.ts computes the same. Bounds are those of the ranges as proved: a weight in
// [-2^15, 2^15), a feature and an index entry in [-2^7, 2^7), a table weight <= 255.

// A distance between two logits is at most (2^16 - 1) * 2^7 * H.
function logitBitsOf(H) {
    return bitsFor((1 << 23) * H);
}

// |s'| <= sum_k |delta_k| * 2^14 H <= 510 (C-1) 2^14 H, and strictly below 2^scoreBits.
function scoreBitsOf(C, H) {
    return bitsFor(510 * (C - 1) * (1 << 14) * H + 1);
}

// sum_c |s_c| <= K (2^16 - 1) (2^scoreBits - 1), and strictly below 2^totalBits.
function totalBitsOf(K, C, H) {
    return bitsFor(K * ((1 << 16) - 1) * ((1 << scoreBitsOf(C, H)) - 1) + 1);
}
