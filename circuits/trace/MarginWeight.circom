pragma circom 2.2.3;

include "circomlib/circuits/bitify.circom";
include "circomlib/circuits/comparators.circom";
include "WeightTable.circom";

// The weight of one class in the margin gradient: LUT[min(255, distance >> 7)] for a competing class, 0 for the label itself.
//
// Parameters: logitBits, the width of a distance between two logits, 16 <= logitBits <= 252.
// Inputs:     distance  how far the class lies below the runner-up (for the label: above it)
//             isLabel   1 for the label's class
// Outputs:    weight    in [0, 255]
// Proves:     0 <= distance < 2^logitBits, and the weight is as above.
// Assumes:    isLabel is 0 or 1 (OneHotLabel); the table ends in 0, so that beyond it the weight is 0 (asserted here).
template MarginWeight(logitBits) {
    assert(logitBits >= 16 && logitBits <= 252);    // 7 bits of fraction, 8 of index, at least one beyond
    var table[256] = weightTable();
    assert(table[255] == 0);
    signal input distance;
    signal input isLabel;
    signal output weight;

    component bits = Num2Bits(logitBits);
    bits.in <== distance;

    component table8 = WeightTable();
    for (var i = 0; i < 8; i++) {
        table8.bits[i] <== bits.out[7 + i];
    }

    // A sum of at most 238 bits: it is 0 exactly when each is, with no wrap.
    var beyondTable = 0;
    for (var i = 15; i < logitBits; i++) {
        beyondTable += bits.out[i];
    }
    component counts = IsZero();
    counts.in <== beyondTable + isLabel;
    weight <== counts.out * table8.weight;
}
