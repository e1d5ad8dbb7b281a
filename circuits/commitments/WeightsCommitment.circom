pragma circom 2.2.3;

include "../range/SignedRange.circom";
include "../hashing/PackWords.circom";
include "../hashing/TaggedHash.circom";

// Inputs:     weights[C][H]
// Outputs:    commitment
// Proves:     every weight is a signed 16-bit integer, and the commitment is the hash of their unique packing, row by row.
// Assumes:    nothing.
template WeightsCommitment(B, K, C, H) {
    signal input weights[C][H];
    signal output commitment;

    component range[C][H];
    component packed = PackWords(C * H, 16);
    for (var k = 0; k < C; k++) {
        for (var j = 0; j < H; j++) {
            range[k][j] = SignedRange(16);
            range[k][j].in <== weights[k][j];
            packed.in[k * H + j] <== range[k][j].shifted;
        }
    }

    component hash = TaggedHash(TAG_WEIGHTS(), wordCount(C * H, 16), B, K, C, H);
    hash.words <== packed.words;
    commitment <== hash.out;
}
