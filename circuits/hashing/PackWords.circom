pragma circom 2.2.3;

// How many values of `bits` bits one word takes, and how many words n values take. A word stays below 2^252 < r.
function valuesPerWord(bits) {
    return 252 \ bits;
}

function wordCount(n, bits) {
    return (n + valuesPerWord(bits) - 1) \ valuesPerWord(bits);
}

// Packs n values into as few words as fit, the first value in the lowest bits. Linear: no constraint of its own.
//
// Parameters: n >= 1 values of `bits` bits, bits <= 252.
// Inputs:     in[n]
// Outputs:    words[wordCount(n, bits)]
// Proves:     words are the packing of `in`.
// Assumes:    0 <= in[i] < 2^bits (every caller range-checks by bits first). Without that a word binds nothing.
template PackWords(n, bits) {
    assert(n >= 1 && bits >= 1 && bits <= 252);
    var perWord = valuesPerWord(bits);
    signal input in[n];
    signal output words[wordCount(n, bits)];

    for (var w = 0; w < wordCount(n, bits); w++) {
        var word = 0;
        for (var i = 0; i < perWord && w * perWord + i < n; i++) {
            word += in[w * perWord + i] * (1 << (bits * i));
        }
        words[w] <== word;
    }
}
