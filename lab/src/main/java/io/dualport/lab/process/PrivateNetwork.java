package io.dualport.lab.process;

import io.dualport.lab.story.Bilingual;
import io.dualport.lab.story.SkippedException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * A network namespace (network_namespaces(7)) with a loopback interface of its own, where ports,
 * sysctls and addresses are nobody else's. Root makes it directly, another user within a user
 * namespace, where the system allows that. It has no name: it is gone with its last process.
 */
public final class PrivateNetwork {
  private static final String LOOPBACK_UP = "ip link set lo up && exec \"$@\"";

  private final Lab lab;
  private final Program owner;
  private final boolean root;

  private PrivateNetwork(Lab lab, Program owner, boolean root) {
    this.lab = lab;
    this.owner = owner;
    this.root = root;
  }

  static PrivateNetwork create(Lab lab, String ownerName) throws SkippedException {
    boolean root = Needs.isRoot();
    List<String> unshare =
        root ? List.of("unshare", "--net") : List.of("unshare", "--map-root-user", "--net");
    List<String> prefix = new ArrayList<>(unshare);
    prefix.addAll(List.of("sh", "-c", LOOPBACK_UP, "sh"));
    try {
      return new PrivateNetwork(lab, lab.start(ownerName, prefix), root);
    } catch (IOException e) {
      throw new SkippedException(
          Bilingual.of(
              "no private network can be made: it needs Linux, root (or user namespaces), unshare"
                  + " and ip (Debian: util-linux, iproute2) (%s)",
              e.getMessage()));
    }
  }

  /**
   * The first program in it, named {@code net} unless asked otherwise, which may set its sysctls
   * and addresses.
   */
  public Program owner() {
    return owner;
  }

  /** One more program in the same network. */
  public Program program(String name) throws SkippedException {
    try {
      return lab.start(name, enter());
    } catch (IOException e) {
      throw new SkippedException(
          Bilingual.of(
              "the private network cannot be entered by a second program, which needs nsenter (%s)",
              e.getMessage()));
    }
  }

  /** A program of {@link Lab#ANOTHER_USER} in the same network, without any capability. */
  public Program programOfAnotherUser(String name) throws SkippedException {
    return lab.programOfAnotherUser(name, enter());
  }

  private List<String> enter() {
    String pid = String.valueOf(owner.pid());
    return root
        ? List.of("nsenter", "--target", pid, "--net")
        : List.of("nsenter", "--target", pid, "--user", "--net", "--preserve-credentials");
  }
}
