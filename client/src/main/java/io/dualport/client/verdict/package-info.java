/** The words in which every command judges a port; it knows nobody else of the client. */
package io.dualport.client.verdict;
