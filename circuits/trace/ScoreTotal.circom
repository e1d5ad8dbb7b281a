pragma circom 2.2.3;

include "../range/SignedRange.circom";

// T = (sum |s_c| + |sum s_c|) / 2, computed as the larger of the positive and the negative mass: no division, no parity.
//
// Parameters: K scores; totalBits with sum |s_c| < 2^totalBits, totalBits <= 251.
// Inputs:     scores[K]       signed
//             nonNegative[K]  1 where the score is >= 0 (either value where it is 0)
// Outputs:    total           in [0, 2^totalBits)
// Proves:     total is the larger mass.
// Assumes:    nonNegative is the sign of each score and the sum of magnitudes is < 2^totalBits: TraceSlot's ranges, but for a raw score of
//             exactly -2^scoreBits, which no product reaches and ProductCheck therefore refuses.
template ScoreTotal(K, totalBits) {
    signal input scores[K];
    signal input nonNegative[K];
    signal output total;

    signal positive[K];
    var positiveMass = 0;
    var sum = 0;
    for (var c = 0; c < K; c++) {
        positive[c] <== nonNegative[c] * scores[c];
        positiveMass += positive[c];
        sum += scores[c];
    }

    // negativeMass = positiveMass - sum, so the larger one is negativeMass + max(0, sum).
    component sign = SignedRange(totalBits + 1);
    sign.in <== sum;
    signal positiveSum <== sign.nonNegative * sum;
    total <== positiveMass - sum + positiveSum;
}
