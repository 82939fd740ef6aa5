/** Who may bind beside whom, every pair; it knows socket and story. */
package io.dualport.lab.matrix;
