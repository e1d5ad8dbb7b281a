pragma circom 2.2.3;

// One-sided Freivalds check of one trace's two matrix products.
//
// Inputs:     features[H], delta[C], logits[C], rawScores[K]
//             powers[max(K, C)]              1, rho, rho^2, ...
//             combinedWeights[H]             sum_k rho^k W_k
//             combinedVectors[C][H]          sum_c rho^c V_c
// Proves:     sum_k rho^k (logits[k] - W_k . h) = 0 and sum_c rho^c (rawScores[c] - delta . V_c h) = 0 mod r. Each is a polynomial in rho
//             of degree below C and K whose coefficients were absorbed before rho, so but for chance (max(K, C) - 1) / r
//             all coefficients are 0 mod r; both sides are bounded far below r, so the products hold over the integers.
// Assumes:    features[H-1] = 127 (InputCommitment); that rho was drawn after all the rest was fixed (AttributionBatch).
template ProductCheck(K, C, H) {
    var powerCount = K > C ? K : C;
    signal input features[H];
    signal input delta[C];
    signal input logits[C];
    signal input rawScores[K];
    signal input powers[powerCount];
    signal input combinedWeights[H];
    signal input combinedVectors[C][H];

    // 1. Logits.
    signal weightTerms[H - 1];
    signal logitTerms[C - 1];
    var weightSum = 127 * combinedWeights[H - 1];
    for (var j = 0; j < H - 1; j++) {
        weightTerms[j] <== combinedWeights[j] * features[j];
        weightSum += weightTerms[j];
    }
    var logitSum = logits[0];
    for (var k = 1; k < C; k++) {
        logitTerms[k - 1] <== powers[k] * logits[k];
        logitSum += logitTerms[k - 1];
    }
    weightSum === logitSum;

    // 2. Scores.
    signal vectorTerms[C][H - 1];
    signal deltaTerms[C];
    signal scoreTerms[K - 1];
    var deltaSum = 0;
    for (var k = 0; k < C; k++) {
        var vectorSum = 127 * combinedVectors[k][H - 1];
        for (var j = 0; j < H - 1; j++) {
            vectorTerms[k][j] <== combinedVectors[k][j] * features[j];
            vectorSum += vectorTerms[k][j];
        }
        deltaTerms[k] <== delta[k] * vectorSum;
        deltaSum += deltaTerms[k];
    }
    var scoreSum = rawScores[0];
    for (var c = 1; c < K; c++) {
        scoreTerms[c - 1] <== powers[c] * rawScores[c];
        scoreSum += scoreTerms[c - 1];
    }
    deltaSum === scoreSum;
}
