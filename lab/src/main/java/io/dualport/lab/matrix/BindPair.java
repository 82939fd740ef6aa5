package io.dualport.lab.matrix;

/**
 * One pair, asked and predicted.
 *
 * @param holder who has the port
 * @param newcomer who asks for it
 * @param observed what the kernel returned
 * @param rule the rule that fits
 * @param predicted what it predicts
 */
record BindPair(
    Holder holder, Binder newcomer, BindAnswer observed, BindRule rule, BindAnswer predicted) {
  boolean isSurprise() {
    return !observed.equals(predicted);
  }
}
