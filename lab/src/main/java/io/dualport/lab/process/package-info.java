/** Programs that make calls, private networks, free ports; it knows socket and story. */
package io.dualport.lab.process;
