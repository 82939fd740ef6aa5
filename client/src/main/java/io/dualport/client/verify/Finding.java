package io.dualport.client.verify;

/**
 * Where the accounts of one five-tuple differ, or that they do not.
 *
 * @param right who is right; null where all are, or nobody can tell
 * @param reason a clause without a full stop; empty for {@link Verdict#AGREE}
 */
record Finding(Verdict verdict, String right, String reason) {
  static final Finding AGREE = new Finding(Verdict.AGREE, null, "");

  static Finding of(Verdict verdict, String right, String reason) {
    return new Finding(verdict, right, reason);
  }

  boolean isAgreed() {
    return verdict == Verdict.AGREE;
  }
}
