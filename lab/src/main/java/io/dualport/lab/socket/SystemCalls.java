package io.dualport.lab.socket;

import java.io.IOException;
import java.util.List;

/**
 * Makes socket calls in some process: in this one, or by asking a child through a pipe.
 *
 * <p>A call is a name and words, so that it can be sent through a pipe and be read by people:
 *
 * <pre>
 * socket inet stream              -> descriptor      (inet, inet6, unix; stream, dgram)
 * setsockopt FD OPTION VALUE      -> nothing
 * getsockopt FD OPTION            -> value
 * join FD GROUP INTERFACE         -> nothing         (IP_ADD_MEMBERSHIP, IPv4)
 * spread FD FAMILY SOCKETS FIRST  -> nothing         (SO_ATTACH_REUSEPORT_CBPF, {@link SourcePortRule})
 * bind FD ADDRESS PORT            -> nothing
 * listen FD BACKLOG               -> nothing
 * connect FD ADDRESS PORT MILLIS  -> nothing         (waits so long, then EINPROGRESS)
 * accept FD MILLIS                -> descriptor      (waits so long, then EAGAIN)
 * getsockname FD                  -> ADDRESS PORT
 * getpeername FD                  -> ADDRESS PORT
 * send FD HEX                     -> bytes taken
 * sendto FD HEX ADDRESS PORT      -> bytes taken
 * recv FD MAX MILLIS              -> HEX, or EOF     (waits so long, then EAGAIN)
 * recvfrom FD MAX MILLIS          -> HEX ADDRESS PORT
 * shutdown FD                     -> nothing         (SHUT_WR)
 * shutdownboth FD                 -> nothing         (SHUT_RDWR)
 * close FD                        -> nothing
 * inode FD                        -> the socket's inode
 * bindunix FD NAME, connectunix FD NAME              (abstract namespace: leaves no file)
 * sendfd FD DESCRIPTOR, recvfd FD MILLIS -> descriptor
 * write FILE TEXT, read FILE      -> nothing; text   (a sysctl of the process's network)
 * run COMMAND...                  -> exit code       (a program in the process's network)
 * </pre>
 *
 * A call that cannot be made here at all is answered with {@link Reply#notHere}.
 */
public interface SystemCalls {
  /** HEX of an empty payload. */
  String NO_BYTES = "-";

  /**
   * Makes one call.
   *
   * @param words the name, then the arguments; none is empty or has a space in it
   * @throws IOException if the process that should make it is gone
   */
  Reply call(List<String> words) throws IOException;
}
