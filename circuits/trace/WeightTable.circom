pragma circom 2.2.3;

// round(255 exp(-i/32)) for i = 0 .. 255. A test recomputes it from the formula.
function weightTable() {
    var table[256] = [
        255, 247, 240, 232, 225, 218, 211, 205, 199, 192, 187, 181, 175, 170, 165, 160,
        155, 150, 145, 141, 136, 132, 128, 124, 120, 117, 113, 110, 106, 103, 100,  97,
         94,  91,  88,  85,  83,  80,  78,  75,  73,  71,  69,  67,  64,  62,  61,  59,
         57,  55,  53,  52,  50,  49,  47,  46,  44,  43,  42,  40,  39,  38,  37,  36,
         35,  33,  32,  31,  30,  30,  29,  28,  27,  26,  25,  24,  24,  23,  22,  22,
         21,  20,  20,  19,  18,  18,  17,  17,  16,  16,  15,  15,  14,  14,  14,  13,
         13,  12,  12,  12,  11,  11,  11,  10,  10,  10,   9,   9,   9,   8,   8,   8,
          8,   7,   7,   7,   7,   7,   6,   6,   6,   6,   6,   5,   5,   5,   5,   5,
          5,   5,   4,   4,   4,   4,   4,   4,   4,   4,   3,   3,   3,   3,   3,   3,
          3,   3,   3,   3,   2,   2,   2,   2,   2,   2,   2,   2,   2,   2,   2,   2,
          2,   2,   2,   2,   2,   1,   1,   1,   1,   1,   1,   1,   1,   1,   1,   1,
          1,   1,   1,   1,   1,   1,   1,   1,   1,   1,   1,   1,   1,   1,   1,   1,
          1,   1,   1,   1,   1,   1,   1,   1,   0,   0,   0,   0,   0,   0,   0,   0,
          0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   0,
          0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   0,
          0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   0
    ];
    return table;
}

// Looks one of 256 values up by the bits of its index. The low four bits choose within a row by a multilinear polynomial whose
// 15 monomials all rows share; the high four bits choose the row by a tree of selections.
//
// Inputs:     bits[8]  the index, lowest bit first
// Outputs:    weight   weightTable()[index], in [0, 255]
// Proves:     weight is that entry.
// Assumes:    every bit is 0 or 1 (the caller takes them from a decomposition).
template WeightTable() {
    var table[256] = weightTable();
    signal input bits[8];
    signal output weight;

    // monomial[m] is the product of the low bits that are set in m; monomial[0] stands for 1.
    signal monomial[16];
    monomial[0] <== 1;
    for (var m = 1; m < 16; m++) {
        var top = m >= 8 ? 3 : (m >= 4 ? 2 : (m >= 2 ? 1 : 0));
        monomial[m] <== monomial[m - (1 << top)] * bits[top];
    }

    // Coefficients of a row in those monomials: the Moebius transform of its 16 values.
    signal level0[16];
    for (var row = 0; row < 16; row++) {
        var coefficient[16];
        for (var m = 0; m < 16; m++) {
            coefficient[m] = table[16 * row + m];
        }
        for (var b = 0; b < 4; b++) {
            for (var m = 0; m < 16; m++) {
                if ((m >> b) & 1 == 1) {
                    coefficient[m] -= coefficient[m - (1 << b)];
                }
            }
        }
        var value = 0;
        for (var m = 0; m < 16; m++) {
            value += coefficient[m] * monomial[m];
        }
        level0[row] <== value;
    }

    signal level1[8];
    signal level2[4];
    signal level3[2];
    for (var i = 0; i < 8; i++) {
        level1[i] <== level0[2 * i] + bits[4] * (level0[2 * i + 1] - level0[2 * i]);
    }
    for (var i = 0; i < 4; i++) {
        level2[i] <== level1[2 * i] + bits[5] * (level1[2 * i + 1] - level1[2 * i]);
    }
    for (var i = 0; i < 2; i++) {
        level3[i] <== level2[2 * i] + bits[6] * (level2[2 * i + 1] - level2[2 * i]);
    }
    weight <== level3[0] + bits[7] * (level3[1] - level3[0]);
}
