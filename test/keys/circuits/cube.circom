pragma circom 2.2.0;

// Knows x and y with out = x^3 + y * scale: a public output, a public input, private inputs, and a wire (x^2) inside.
template Cube() {
    signal input scale;
    signal input x;
    signal input y;
    signal output out;
    signal square <== x * x;
    signal cube <== square * x;
    out <== cube + y * scale - 7;
}

component main {public [scale]} = Cube();
