/** The echo that textbooks print, run as it stands; it knows nobody. */
package io.dualport.lab.textbook;
