package io.dualport.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SocketOwnersTest {
  @TempDir Path folder;

  @Test
  void shouldNameTheUser() throws Exception {
    Path passwd = folder.resolve("passwd");
    Files.writeString(
        passwd,
        """
        damaged
        root:x:0:0:root:/root:/bin/bash
        nobody:x:65534:1000::/:/usr/sbin/nologin
        last:x:4294967294:0::/:/bin/sh
        """);

    assertThat(SocketOwners.userName(0, passwd)).isEqualTo("root");
    assertThat(SocketOwners.userName(65534, passwd)).isEqualTo("nobody");
    assertThat(SocketOwners.userName(-2, passwd)).isEqualTo("last");
    assertThat(SocketOwners.userName(1000, passwd)).isEqualTo("uid 1000");
    assertThat(SocketOwners.userName(-1, passwd)).isEqualTo("uid 4294967295");
  }

  @Test
  void shouldNumberTheUserWhereNoFileNamesUsers() {
    assertThat(SocketOwners.userName(7, folder.resolve("absent"))).isEqualTo("uid 7");
  }

  @Test
  void shouldWriteAProcessSoThatATerminalIsSafe() {
    assertThat(new SocketOwner(1234, "java").text()).isEqualTo("java (pid 1234)");
    assertThat(new SocketOwner(1, "\u001b[2Jgone").text()).isEqualTo("\\u001b[2Jgone (pid 1)");
  }
}
