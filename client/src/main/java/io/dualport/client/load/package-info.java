/** {@code load}: the command and its run; it knows all packages below. */
package io.dualport.client.load;
