/**
 * What an experiment is and what came of it, as plain data in two languages; it knows nobody of the
 * lab.
 */
package io.dualport.lab.story;
