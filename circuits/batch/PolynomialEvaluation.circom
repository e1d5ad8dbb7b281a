pragma circom 2.2.3;

// evaluation = sum_i x[i] * point^(i+1), by Horner's rule.
//
// Inputs:     x[n], point
// Outputs:    evaluation
// Proves:     evaluation is that sum mod r.
// Assumes:    that the point was drawn after x was fixed: the contract hashes the digest that absorbed x, and its own x, into it.
template PolynomialEvaluation(n) {
    assert(n >= 1);
    signal input x[n];
    signal input point;
    signal output evaluation;

    signal partial[n];
    for (var i = n - 1; i >= 0; i--) {
        partial[i] <== (x[i] + (i == n - 1 ? 0 : partial[i + 1])) * point;
    }
    evaluation <== partial[0];
}
