pragma circom 2.2.3;

include "ContributorVector.circom";
include "../range/UnsignedRange.circom";
include "../hashing/PackWords.circom";
include "../hashing/TaggedHash.circom";

// Inputs:     vectors[K][C][H], scales[K]
// Outputs:    commitment
// Proves:     every vector entry is a signed 8-bit and every scale an unsigned 16-bit integer, and the commitment is the hash of
//             their unique packing: all vectors in slot order, then the scales.
// Assumes:    nothing.
template IndexCommitment(B, K, C, H) {
    var vectorWords = wordCount(K * C * H, 8);
    var scaleWords = wordCount(K, 16);
    signal input vectors[K][C][H];
    signal input scales[K];
    signal output commitment;

    component vector[K];
    component packedVectors = PackWords(K * C * H, 8);
    component scaleRange[K];
    component packedScales = PackWords(K, 16);
    for (var c = 0; c < K; c++) {
        vector[c] = ContributorVector(C, H);
        vector[c].vector <== vectors[c];
        for (var i = 0; i < C * H; i++) {
            packedVectors.in[c * C * H + i] <== vector[c].shifted[i];
        }
        scaleRange[c] = UnsignedRange(16);
        scaleRange[c].in <== scales[c];
        packedScales.in[c] <== scales[c];
    }

    component hash = TaggedHash(TAG_INDEX(), vectorWords + scaleWords, B, K, C, H);
    for (var w = 0; w < vectorWords; w++) {
        hash.words[w] <== packedVectors.words[w];
    }
    for (var w = 0; w < scaleWords; w++) {
        hash.words[vectorWords + w] <== packedScales.words[w];
    }
    commitment <== hash.out;
}
