pragma circom 2.2.0;

include "circomlib/circuits/poseidon.circom";
include "circomlib/circuits/bitify.circom";

// About the size and the mix of a real batch: a chain of rate-16 Poseidon and bit decompositions. For measuring only.
template Block() {
    signal input in[16];
    signal input carry;
    signal output out;
    component hash = PoseidonEx(16, 1);
    component bits[16];
    for (var i = 0; i < 16; i++) {
        hash.inputs[i] <== in[i];
        bits[i] = Num2Bits(60);
        bits[i].in <== in[i];
    }
    hash.initialState <== carry;
    out <== hash.out[0];
}

template Large(n) {
    signal input seed;
    signal input values[16];
    signal output out;
    component blocks[n];
    for (var i = 0; i < n; i++) {
        blocks[i] = Block();
        blocks[i].in <== values;
        blocks[i].carry <== i == 0 ? seed : blocks[i - 1].out;
    }
    out <== blocks[n - 1].out;
}

component main {public [seed]} = Large(36);
