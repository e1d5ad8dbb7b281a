pragma circom 2.2.3;

include "../hashing/TaggedHash.circom";

// Inputs:     label, salt
// Outputs:    commitment
// Proves:     the commitment is the hash of label and salt.
// Assumes:    nothing here; OneHotLabel bounds the label. That the salt is random is the operator's own interest.
template OutputCommitment(B, K, C, H) {
    signal input label;
    signal input salt;
    signal output commitment;

    component hash = TaggedHash(TAG_OUTPUT(), 2, B, K, C, H);
    hash.words[0] <== label;
    hash.words[1] <== salt;
    commitment <== hash.out;
}
