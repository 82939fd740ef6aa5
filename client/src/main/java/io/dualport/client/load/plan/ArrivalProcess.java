package io.dualport.client.load.plan;

/** How the intended send times of an open loop follow each other. */
public enum ArrivalProcess {
  /** Exponential gaps: independent users, bursts included. */
  POISSON,
  /** Equal gaps. */
  CONSTANT
}
