package io.dualport.lab.experiment;

import io.dualport.lab.process.Lab;
import io.dualport.lab.process.Sock;

/**
 * The two ends of a unix(7) connection between two programs, over which descriptors can be sent.
 */
record DescriptorChannel(Sock from, Sock to) {
  static DescriptorChannel open(Lab lab, String from, String to) throws Exception {
    // Abstract names are the machine's; a process id makes this one ours alone.
    String name = "dualport-lab-" + lab.program("client").pid();
    Sock door = lab.program(to).quiet().unix("door");
    door.bindUnix(name).must();
    door.listen(1).must();
    Sock near = lab.program(from).unix("channel");
    near.connectUnix(name).must();
    Sock far = lab.program(to).socket("channel", door.accept("channel").descriptor());
    door.close();
    return new DescriptorChannel(near, far);
  }

  /** Hands a copy of a descriptor over; the socket as the receiver has it. */
  Sock hand(Sock socket) throws Exception {
    from.sendDescriptor(socket).must();
    return to.receiveDescriptor(socket.label());
  }
}
