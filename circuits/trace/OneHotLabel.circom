pragma circom 2.2.3;

// Inputs:     label
// Outputs:    isLabel[C]  1 at the label, 0 elsewhere
// Proves:     0 <= label < C.
// Assumes:    nothing.
template OneHotLabel(C) {
    assert(C >= 2);
    signal input label;
    signal output isLabel[C];

    var ones = 0;
    var position = 0;
    for (var k = 0; k < C; k++) {
        isLabel[k] <-- label == k;
        isLabel[k] * (isLabel[k] - 1) === 0;
        ones += isLabel[k];
        position += k * isLabel[k];
    }
    ones === 1;
    position === label;
}
