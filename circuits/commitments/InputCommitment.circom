pragma circom 2.2.3;

include "../range/SignedRange.circom";
include "../hashing/PackWords.circom";
include "../hashing/TaggedHash.circom";

// Inputs:     features[H], salt
// Outputs:    commitment
// Proves:     every feature is a signed 8-bit integer, the last one the constant 127 (the bias), and the commitment is the hash of
//             their unique packing and the salt.
// Assumes:    that the salt is random (hiding only; the prover's own interest).
template InputCommitment(B, K, C, H) {
    var words = wordCount(H, 8);
    signal input features[H];
    signal input salt;
    signal output commitment;

    component range[H - 1];
    component packed = PackWords(H, 8);
    for (var j = 0; j < H - 1; j++) {
        range[j] = SignedRange(8);
        range[j].in <== features[j];
        packed.in[j] <== range[j].shifted;
    }
    features[H - 1] === 127;
    packed.in[H - 1] <== 127 + (1 << 7);

    component hash = TaggedHash(TAG_INPUT(), words + 1, B, K, C, H);
    for (var w = 0; w < words; w++) {
        hash.words[w] <== packed.words[w];
    }
    hash.words[words] <== salt;
    commitment <== hash.out;
}
