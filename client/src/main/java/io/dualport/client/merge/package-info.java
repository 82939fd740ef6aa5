/** {@code merge}: one result from many logs; it knows command, input and what load counts. */
package io.dualport.client.merge;
