pragma circom 2.2.3;

// One Freivalds combination of n rows: out[i] = sum_r powers[r] * rows[r][i].
//
// Inputs:     rows[n][width], powers[n] with powers[0] = 1
// Outputs:    out[width]
// Proves:     out is that sum.
// Assumes:    the powers come from a challenge that was drawn after the rows were fixed (AttributionBatch, step 5).
template RandomCombination(n, width) {
    signal input rows[n][width];
    signal input powers[n];
    signal output out[width];

    signal terms[n - 1][width];
    for (var i = 0; i < width; i++) {
        var sum = rows[0][i];
        for (var r = 1; r < n; r++) {
            terms[r - 1][i] <== powers[r] * rows[r][i];
            sum += terms[r - 1][i];
        }
        out[i] <== sum;
    }
}
