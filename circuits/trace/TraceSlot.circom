pragma circom 2.2.3;

include "OneHotLabel.circom";
include "MarginGradient.circom";
include "ScoreTotal.circom";
include "PoolRate.circom";
include "../batch/Widths.circom";
include "../commitments/InputCommitment.circom";
include "../commitments/OutputCommitment.circom";
include "../range/SignedRange.circom";

// One slot of a batch: everything about one trace that needs no challenge.
//
// Inputs:     scales[K]; active; features[H], inputSalt; label, outputSalt; pool in wei; advice: logits[C], rawScores[K] (s')
// Outputs:    inputEntry, outputEntry   active * commitment: what the contract has in this place of X
//             delta[C]                  margin gradient
//             packableLogits[C + 1]     fields of logitBits bits; packableScores[K]  fields of scoreBits + 1 bits
//             earnings[K]               rate * score, in 2^-64 wei
// Proves:     the label is the argmax of the logits; given the raw scores, total, rate and earnings follow the attribution rule; an
//             inactive slot has pool 0, hence rate 0 and earnings 0.
// Assumes:    scales are 16-bit (IndexCommitment).
// Does not prove: that logits = W h and rawScores = delta V h. ProductCheck does, once the challenge exists.
template TraceSlot(B, K, C, H) {
    var logitBits = logitBitsOf(H);
    var scoreBits = scoreBitsOf(C, H);
    var totalBits = totalBitsOf(K, C, H);
    signal input scales[K];
    signal input active;
    signal input features[H];
    signal input inputSalt;
    signal input label;
    signal input outputSalt;
    signal input pool;
    signal input logits[C];
    signal input rawScores[K];
    signal output inputEntry;
    signal output outputEntry;
    signal output delta[C];
    signal output packableLogits[C + 1];
    signal output packableScores[K];
    signal output earnings[K];

    // 1. The slot is in use or holds nothing.
    active * (active - 1) === 0;
    (1 - active) * pool === 0;

    // 2. Commitments.
    component input_ = InputCommitment(B, K, C, H);
    input_.features <== features;
    input_.salt <== inputSalt;
    inputEntry <== active * input_.commitment;
    component output_ = OutputCommitment(B, K, C, H);
    output_.label <== label;
    output_.salt <== outputSalt;
    outputEntry <== active * output_.commitment;

    // 3. The label is the argmax; the gradient of its margin.
    component oneHot = OneHotLabel(C);
    oneHot.label <== label;
    component margin = MarginGradient(C, logitBits);
    margin.logits <== logits;
    margin.isLabel <== oneHot.isLabel;
    delta <== margin.delta;
    packableLogits <== margin.packable;

    // 4. Scores: range and sign of s', then s = M s'. A scale is not negative, so s has the sign of s' (or is 0).
    component rawRange[K];
    signal scores[K];
    component scoreTotal = ScoreTotal(K, totalBits);
    for (var c = 0; c < K; c++) {
        rawRange[c] = SignedRange(scoreBits + 1);
        rawRange[c].in <== rawScores[c];
        packableScores[c] <== rawRange[c].shifted;
        scores[c] <== scales[c] * rawScores[c];
        scoreTotal.scores[c] <== scores[c];
        scoreTotal.nonNegative[c] <== rawRange[c].nonNegative;
    }

    // 5. Earnings.
    component poolRate = PoolRate(totalBits);
    poolRate.pool <== pool;
    poolRate.total <== scoreTotal.total;
    for (var c = 0; c < K; c++) {
        earnings[c] <== poolRate.rate * scores[c];
    }
}
