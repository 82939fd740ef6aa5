package io.dualport.lab.story;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * What is passed here is an English sentence that stands in the source, and its Chinese in a file
 * of {@link Chinese}. A test reads all sources and fails where there is none.
 */
@Target(ElementType.PARAMETER)
@Retention(RetentionPolicy.SOURCE)
public @interface English {}
