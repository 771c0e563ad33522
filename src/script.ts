/** The types of the scripts that are loaded by URL (workers, worklet, bundle): they export nothing. */
export {};
