/** {@code merge}: one result from many logs; it knows command, input and load's count. */
package io.dualport.client.merge;
