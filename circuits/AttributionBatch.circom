pragma circom 2.2.3;

include "batch/PolynomialEvaluation.circom";
include "batch/ProductCheck.circom";
include "batch/RandomCombination.circom";
include "batch/Widths.circom";
include "commitments/IndexCommitment.circom";
include "commitments/WeightsCommitment.circom";
include "hashing/PackWords.circom";
include "hashing/TaggedHash.circom";
include "trace/TraceSlot.circom";

// The statement of the whole project: for the registered weights and influence index and for a batch of committed traces, every
// output is the head's argmax and every earning follows the attribution rule exactly, and nothing else was counted.
//
// Parameters: B trace slots, K contributor slots, C classes, H features (the bias included).
// Public:     digest, evaluation (outputs); weightsCommitment, indexCommitment, challenge, context (inputs), in this order.
// Proves:     what README.md of this folder states.
// Assumes:    that the contract draws `challenge` from `digest` and its own X and compares `evaluation`; that it fixed `context` before.
// Does not prove: that features belong to the payer's request, or that the index follows from the data.
template AttributionBatch(B, K, C, H) {
    assert(B >= 1 && B <= (1 << 20));                   // |earning| <= B * 2^160 <= 2^180, its offset in X
    assert(K >= 1 && C >= 2 && H >= 2);
    var logitBits = logitBitsOf(H);
    var scoreBits = scoreBitsOf(C, H);
    var powerCount = K > C ? K : C;
    var xLength = 3 * B + K;
    var logitWords = wordCount(B * (C + 1), logitBits);
    var scoreWords = wordCount(B * K, scoreBits + 1);

    // Public.
    signal input weightsCommitment;
    signal input indexCommitment;
    signal input challenge;                             // keccak, drawn by the contract: the point at which X is evaluated
    signal input context;                               // chain, contract, batch, circuit, versions, policy, epoch, prover
    signal output digest;                               // of the transcript
    signal output evaluation;                           // of X at the challenge

    // Private: the model.
    signal input weights[C][H];
    signal input vectors[K][C][H];                      // V of the influence index
    signal input scales[K];                             // M of the influence index

    // Private: the traces.
    signal input active[B];                             // 1 where the slot holds a trace
    signal input features[B][H];
    signal input inputSalts[B];
    signal input labels[B];
    signal input outputSalts[B];
    signal input pools[B];                              // wei
    signal input batchSalt;                             // random: keeps the digest from revealing scores

    // Private: advice, chosen by the prover and checked in step 7.
    signal input logits[B][C];                          // z = W h
    signal input rawScores[B][K];                       // s' = delta V h

    // 1. The weights are those of the registered commitment.
    component weightsHash = WeightsCommitment(B, K, C, H);
    weightsHash.weights <== weights;
    weightsHash.commitment === weightsCommitment;

    // 2. The influence index is that of the registered commitment.
    component indexHash = IndexCommitment(B, K, C, H);
    indexHash.vectors <== vectors;
    indexHash.scales <== scales;
    indexHash.commitment === indexCommitment;

    // 3. Every trace: commitments, argmax, scores, rate, earnings.
    component slot[B];
    for (var b = 0; b < B; b++) {
        slot[b] = TraceSlot(B, K, C, H);
        slot[b].scales <== scales;
        slot[b].active <== active[b];
        slot[b].features <== features[b];
        slot[b].inputSalt <== inputSalts[b];
        slot[b].label <== labels[b];
        slot[b].outputSalt <== outputSalts[b];
        slot[b].pool <== pools[b];
        slot[b].logits <== logits[b];
        slot[b].rawScores <== rawScores[b];
    }

    // 4. X, the public data: pools, input commitments, output commitments, earnings (offset by 2^180).
    signal x[xLength];
    for (var b = 0; b < B; b++) {
        x[b] <== pools[b];
        x[B + b] <== slot[b].inputEntry;
        x[2 * B + b] <== slot[b].outputEntry;
    }
    for (var c = 0; c < K; c++) {
        var earning = 1 << 180;
        for (var b = 0; b < B; b++) {
            earning += slot[b].earnings[c];
        }
        x[3 * B + c] <== earning;
    }

    // 5. The transcript absorbs everything that the challenges must not be able to precede. Features, weights, vectors and labels are
    //    bound by their commitments; those of an inactive slot are not, but its pool and so its earnings are 0.
    component packedLogits = PackWords(B * (C + 1), logitBits);
    component packedScores = PackWords(B * K, scoreBits + 1);
    for (var b = 0; b < B; b++) {
        for (var k = 0; k <= C; k++) {
            packedLogits.in[b * (C + 1) + k] <== slot[b].packableLogits[k];
        }
        for (var c = 0; c < K; c++) {
            packedScores.in[b * K + c] <== slot[b].packableScores[c];
        }
    }
    var transcriptLength = 3 + xLength + logitWords + scoreWords + 1;
    component transcript = TaggedHash(TAG_TRANSCRIPT(), transcriptLength, B, K, C, H);
    var position = 0;
    transcript.words[position] <== context;
    position++;
    transcript.words[position] <== weightsCommitment;
    position++;
    transcript.words[position] <== indexCommitment;
    position++;
    for (var i = 0; i < xLength; i++) {
        transcript.words[position] <== x[i];
        position++;
    }
    for (var w = 0; w < logitWords; w++) {
        transcript.words[position] <== packedLogits.words[w];
        position++;
    }
    for (var w = 0; w < scoreWords; w++) {
        transcript.words[position] <== packedScores.words[w];
        position++;
    }
    transcript.words[position] <== batchSalt;
    digest <== transcript.out;

    // 6. The Freivalds challenge rho and its powers.
    component rho = TaggedHash(TAG_CHALLENGE(), 1, B, K, C, H);
    rho.words[0] <== digest;
    signal powers[powerCount];
    powers[0] <== 1;
    for (var i = 1; i < powerCount; i++) {
        powers[i] <== powers[i - 1] * rho.out;
    }

    // 7. The two matrix products of every trace.
    component combinedWeights = RandomCombination(C, H);
    combinedWeights.rows <== weights;
    for (var k = 0; k < C; k++) {
        combinedWeights.powers[k] <== powers[k];
    }
    component combinedVectors[C];
    for (var k = 0; k < C; k++) {
        combinedVectors[k] = RandomCombination(K, H);
        for (var c = 0; c < K; c++) {
            combinedVectors[k].powers[c] <== powers[c];
            combinedVectors[k].rows[c] <== vectors[c][k];
        }
    }
    component product[B];
    for (var b = 0; b < B; b++) {
        product[b] = ProductCheck(K, C, H);
        product[b].features <== features[b];
        product[b].delta <== slot[b].delta;
        product[b].logits <== logits[b];
        product[b].rawScores <== rawScores[b];
        product[b].powers <== powers;
        product[b].combinedWeights <== combinedWeights.out;
        for (var k = 0; k < C; k++) {
            product[b].combinedVectors[k] <== combinedVectors[k].out;
        }
    }

    // 8. X once more, at the contract's challenge.
    component polynomial = PolynomialEvaluation(xLength);
    polynomial.x <== x;
    polynomial.point <== challenge;
    evaluation <== polynomial.evaluation;
}
