pragma circom 2.2.3;

include "circomlib/circuits/poseidon.circom";

// What a hash is for. One number each; src/statement/taggedHash.ts holds the same list.
function TAG_WEIGHTS() { return 1; }
function TAG_INDEX() { return 2; }
function TAG_INPUT() { return 3; }
function TAG_OUTPUT() { return 4; }
function TAG_TRANSCRIPT() { return 5; }
function TAG_CHALLENGE() { return 6; }

// The initial state: tag, version of the statement, number of words and shape, 32 bits each, so that no two uses share a hash.
function hashDomain(tag, length, B, K, C, H) {
    var version = 1;
    var fields[7] = [tag, version, length, B, K, C, H];
    var domain = 0;
    for (var i = 0; i < 7; i++) {
        assert(fields[i] < (1 << 32));
        domain = domain * (1 << 32) + fields[i];
    }
    return domain;
}

// Poseidon over n words: blocks of 16, the last block by the permutation of the smallest width that takes it. The first word of the
// state carries the domain into the first block and each block's result into the next (a sponge in overwrite mode; the length
// in the domain makes it prefix-free).
//
// Parameters: tag; n >= 1 words; the shape B, K, C, H.
// Inputs:     words[n]
// Outputs:    out
// Proves:     out is that hash.
// Assumes:    that Poseidon is collision resistant. The output is the capacity word, so against preimages of more than one block the
//             strength is that of a meeting in the middle, about 2^127, the same as against collisions.
template TaggedHash(tag, n, B, K, C, H) {
    assert(n >= 1);
    signal input words[n];
    signal output out;

    var fullBlocks = (n - 1) \ 16;
    var rest = n - 16 * fullBlocks;     // 1 to 16

    component full[fullBlocks];
    for (var b = 0; b < fullBlocks; b++) {
        full[b] = PoseidonEx(16, 1);
        full[b].initialState <== b == 0 ? hashDomain(tag, n, B, K, C, H) : full[b - 1].out[0];
        for (var i = 0; i < 16; i++) {
            full[b].inputs[i] <== words[16 * b + i];
        }
    }

    component last = PoseidonEx(rest, 1);
    last.initialState <== fullBlocks == 0 ? hashDomain(tag, n, B, K, C, H) : full[fullBlocks - 1].out[0];
    for (var i = 0; i < rest; i++) {
        last.inputs[i] <== words[16 * fullBlocks + i];
    }
    out <== last.out[0];
}
