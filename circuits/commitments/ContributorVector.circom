pragma circom 2.2.3;

include "../range/SignedRange.circom";

// One contributor's influence vector, ready for packing. A template of its own only to keep templates small: compile time
// explodes inside one big template.
//
// Inputs:     vector[C][H]
// Outputs:    shifted[C*H]  each entry + 128, row by row
// Proves:     every entry is a signed 8-bit integer.
// Assumes:    nothing.
template ContributorVector(C, H) {
    signal input vector[C][H];
    signal output shifted[C * H];

    component range[C][H];
    for (var k = 0; k < C; k++) {
        for (var j = 0; j < H; j++) {
            range[k][j] = SignedRange(8);
            range[k][j].in <== vector[k][j];
            shifted[k * H + j] <== range[k][j].shifted;
        }
    }
}
