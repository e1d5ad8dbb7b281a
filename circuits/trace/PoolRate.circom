pragma circom 2.2.3;

include "circomlib/circuits/comparators.circom";
include "../range/UnsignedRange.circom";

// rate = floor(pool * 2^64 / total), and 0 when total = 0.
//
// Parameters: totalBits, the width of total, 160 + totalBits <= 252.
// Inputs:     pool in wei, total
// Outputs:    rate  in [0, 2^160)
// Proves:     0 <= pool < 2^96; pool * 2^64 = rate * total + remainder with 0 <= remainder < total; both sides < 2^252 < r, so the
//             equality holds over the integers and rate and remainder are the only solution.
// Assumes:    0 <= total < 2^totalBits (ScoreTotal).
template PoolRate(totalBits) {
    assert(160 + totalBits <= 252);
    signal input pool;
    signal input total;
    signal output rate;

    component poolRange = UnsignedRange(96);
    poolRange.in <== pool;

    // Without a total nothing is divided: 0 = rate * 1 + remainder with remainder < 1 leaves rate = 0.
    component totalIsZero = IsZero();
    totalIsZero.in <== total;
    signal divisor <== total + totalIsZero.out;
    signal dividend <== (1 - totalIsZero.out) * pool * (1 << 64);

    rate <-- dividend \ divisor;
    signal remainder <-- dividend % divisor;
    signal product <== rate * divisor;
    dividend === product + remainder;

    component rateRange = UnsignedRange(160);
    rateRange.in <== rate;
    component remainderRange = UnsignedRange(totalBits);
    remainderRange.in <== remainder;
    component slackRange = UnsignedRange(totalBits);
    slackRange.in <== divisor - 1 - remainder;
}
