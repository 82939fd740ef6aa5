/** Files that somebody else wrote, read with limits; it knows nobody. */
package io.dualport.client.input;
