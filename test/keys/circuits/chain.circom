pragma circom 2.2.0;

// x^(2^n): as many constraints as squarings, so that a set-up spans several chunks of points.
template Chain(n) {
    signal input x;
    signal output out;
    signal powers[n + 1];
    powers[0] <== x;
    for (var i = 0; i < n; i++) powers[i + 1] <== powers[i] * powers[i];
    out <== powers[n];
}

component main = Chain(1500);
