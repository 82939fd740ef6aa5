/** The kernel's counts beside ours; it knows no other package of the server. */
package io.dualport.server.kernel;
