pragma circom 2.2.3;

include "MarginWeight.circom";
include "../range/SignedRange.circom";

// The gradient of the label's margin over its competitors, and the proof that the label is the argmax.
//
// Parameters: C >= 2 classes; logitBits, the width of a distance between two logits.
// Inputs:     logits[C]    isLabel[C]
// Outputs:    delta[C]           weight of each logit: the sum of the competitors' weights at the label, minus its own elsewhere
//             packable[C + 1]    fields of logitBits bits from which, with isLabel, all logits follow: the distances, then the shifted
//                                runner-up
// Proves:     the label's logit is >= every other logit; the runner-up is the largest of the others; delta follows the table;
//             logits[k] = runnerUp -+ distance[k], each distance < 2^logitBits, -2^(logitBits-1) <= runnerUp < 2^(logitBits-1).
// Assumes:    isLabel is one-hot (OneHotLabel).
template MarginGradient(C, logitBits) {
    assert(C >= 2);
    signal input logits[C];
    signal input isLabel[C];
    signal output delta[C];
    signal output packable[C + 1];

    // 1. The runner-up: an upper bound of all competitors (distances are not negative) that one of them attains. isRunnerUp need not be
    //    boolean for that (its entries sum to 1, so one is not 0), but then tied competitors would leave a free wire.
    var best = -(1 << (logitBits - 1)) - 1;         // below every logit in range
    var bestClass = 0;
    for (var k = 0; k < C; k++) {
        if (isLabel[k] == 0 && logits[k] > best) {
            best = logits[k];
            bestClass = k;
        }
    }
    signal runnerUp <-- best;
    signal isRunnerUp[C];
    signal distance[C];
    var attained = 0;
    for (var k = 0; k < C; k++) {
        isRunnerUp[k] <-- k == bestClass;
        isRunnerUp[k] * (isRunnerUp[k] - 1) === 0;
        attained += isRunnerUp[k];
        distance[k] <== (2 * isLabel[k] - 1) * (logits[k] - runnerUp);
        // Both terms are >= 0 and small, so the sum is 0 only if both are: a competitor, at distance 0.
        isRunnerUp[k] * (distance[k] + isLabel[k]) === 0;
    }
    attained === 1;

    // 2. Weights; their range check of the distances makes the label the argmax.
    component weight[C];
    var total = 0;
    for (var k = 0; k < C; k++) {
        weight[k] = MarginWeight(logitBits);
        weight[k].distance <== distance[k];
        weight[k].isLabel <== isLabel[k];
        total += weight[k].weight;
    }

    // 3. The gradient. weight is 0 at the label, so this is +total there and -weight elsewhere.
    for (var k = 0; k < C; k++) {
        delta[k] <== isLabel[k] * total - weight[k].weight;
    }

    // 4. What the transcript absorbs.
    component runnerUpRange = SignedRange(logitBits);
    runnerUpRange.in <== runnerUp;
    for (var k = 0; k < C; k++) {
        packable[k] <== distance[k];
    }
    packable[C] <== runnerUpRange.shifted;
}
