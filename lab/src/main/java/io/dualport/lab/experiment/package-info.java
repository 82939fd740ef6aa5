/**
 * One class, one question, with what must come of each step; it knows process, socket, story and
 * the textbook echo.
 */
package io.dualport.lab.experiment;
